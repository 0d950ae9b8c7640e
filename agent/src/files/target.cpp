#include "files/target.h"

#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace banger {

namespace {

constexpr int most_links = 40;

std::string without_end(std::string path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/.")))
    path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

/** A symlink that leads to nothing names what is to be made. */
std::string follow_dangling(std::string path) {
  char target[PATH_MAX];
  for (int count = 0; count < most_links; ++count) {
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size <= 0 || size == sizeof target)
      break;
    const std::string link(target, static_cast<size_t>(size));
    path = without_end(link.starts_with('/') ? link : parent_of(path) + "/" + link);
  }
  return path;
}

std::variant<CopyTarget, CopyFailure> in_directory(const std::string& directory, std::string name) {
  CopyTarget target{UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), std::move(name)};
  if (!target.directory) {
    const Error error = os_error(directory);
    if (error.code == ENOENT)
      return CopyFailure{"ERR_FILES_NOT_FOUND", "the directory " + directory + " is not there"};
    if (error.code == ENOTDIR)
      return CopyFailure{"ERR_FILES_NOT_A_DIRECTORY", directory + " is not a directory"};
    return copy_failure(error);
  }
  struct stat here {
  }, root{};
  target.is_root = ::fstat(target.directory.get(), &here) == 0 && ::stat("/", &root) == 0 &&
                   here.st_dev == root.st_dev && here.st_ino == root.st_ino;
  return target;
}

} // namespace

std::variant<CopyTarget, CopyFailure> target_of(const std::string& path, const CopySource& source) {
  struct stat found {};
  const bool exists = ::stat(path.c_str(), &found) == 0;
  if (!exists && errno != ENOENT)
    return errno == ENOTDIR ? CopyFailure{"ERR_FILES_NOT_A_DIRECTORY", path + " is not a directory"}
                            : copy_failure(os_error(path));
  if (exists && S_ISDIR(found.st_mode))
    return in_directory(path, source.stream || source.name == "." ? "" : source.name);
  if (source.stream) {
    return exists ? CopyFailure{"ERR_FILES_NOT_A_DIRECTORY", path + " must be a directory"}
                  : CopyFailure{"ERR_FILES_NOT_FOUND", "the directory " + path + " is not there"};
  }
  if (exists && source.directory)
    return CopyFailure{"ERR_FILES_NOT_A_DIRECTORY",
                       "a directory cannot be copied onto " + path + ", which is none"};
  if (!exists && !source.directory && path != without_end(path))
    return CopyFailure{"ERR_FILES_NOT_FOUND", "the directory " + path + " is not there"};
  std::string place = without_end(path);
  if (!exists) {
    place = follow_dangling(place);
  } else if (char* real = ::realpath(path.c_str(), nullptr)) {
    // A file behind a symlink is written where it is.
    place = real;
    std::free(real);
  }
  const size_t slash = place.rfind('/');
  return in_directory(parent_of(place), place.substr(slash + 1));
}

} // namespace banger
