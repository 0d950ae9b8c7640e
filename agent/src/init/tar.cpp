#include "init/tar.h"

#include "init/tar_format.h"

#include <algorithm>
#include <utility>

namespace banger {

namespace {

constexpr uint64_t max_pax = 1 << 20;

/** What fills the last block of a content. */
uint64_t padding_of(uint64_t size) {
  return (tar_block_size - size % tar_block_size) % tar_block_size;
}

void apply(const PaxOverrides& overrides, TarEntry& entry) {
  entry.path = overrides.path.value_or(entry.path);
  entry.link_target = overrides.link_target.value_or(entry.link_target);
  entry.size = overrides.size.value_or(entry.size);
  entry.uid = overrides.uid.value_or(entry.uid);
  entry.gid = overrides.gid.value_or(entry.gid);
  entry.mtime = overrides.mtime.value_or(entry.mtime);
}

/** Only these have content; some archives give a size for links all the same. */
bool has_content(char type) {
  return type < '1' || type > '6';
}

} // namespace

Status TarReader::fill(std::span<uint8_t> target) {
  while (!target.empty()) {
    const auto count = source_.read(target);
    if (!count)
      return count.error();
    if (*count == 0)
      return broken_tar("cut short");
    target = target.subspan(*count);
  }
  return Done{};
}

/** False where the archive ends before it. */
Result<bool> TarReader::fill_header(std::span<uint8_t> target) {
  const auto count = source_.read(target);
  if (!count)
    return count.error();
  if (*count == 0)
    return false;
  if (auto status = fill(target.subspan(*count)); !status)
    return status.error();
  return true;
}

Status TarReader::skip(uint64_t count) {
  std::array<uint8_t, 4096> scratch;
  while (count > 0) {
    const size_t part = static_cast<size_t>(std::min<uint64_t>(count, scratch.size()));
    if (auto status = fill(std::span(scratch).first(part)); !status)
      return status;
    count -= part;
  }
  return Done{};
}

Result<std::string> TarReader::read_whole(uint64_t size) {
  if (size > max_pax)
    return broken_tar("a pax header is too large");
  std::string content(static_cast<size_t>(size), '\0');
  if (auto status = fill({reinterpret_cast<uint8_t*>(content.data()), content.size()}); !status)
    return status.error();
  if (auto status = skip(padding_of(size)); !status)
    return status.error();
  return content;
}

Result<bool> TarReader::next(TarEntry& entry) {
  // Not their sum: a hostile size must not wrap around.
  for (uint64_t* left : {&content_left_, &padding_left_}) {
    if (auto status = skip(std::exchange(*left, 0)); !status)
      return status.error();
  }
  PaxOverrides overrides;
  while (true) {
    TarBlock block;
    const auto there = fill_header(block);
    if (!there)
      return there.error();
    if (!*there || std::all_of(block.begin(), block.end(), [](uint8_t byte) { return byte == 0; }))
      return false;
    auto header = parse_tar_header(block);
    if (!header)
      return header.error();
    if (header->type == 'x' || header->type == 'g') {
      const auto content = read_whole(header->entry.size);
      if (!content)
        return content.error();
      // A global header's values would hold for all entries; nobody writes ones that matter here.
      PaxOverrides ignored;
      const auto status = parse_pax(*content, header->type == 'x' ? overrides : ignored);
      if (!status)
        return status.error();
      continue;
    }
    if (header->type == 'L' || header->type == 'K') {
      auto name = read_whole(header->entry.size);
      if (!name)
        return name.error();
      (header->type == 'L' ? overrides.path : overrides.link_target) = name->substr(0, name->find('\0'));
      continue;
    }
    if (header->type == 'S' || overrides.sparse)
      return broken_tar("it holds a sparse file; make it without (`tar --sparse` off)");
    entry = std::move(header->entry);
    apply(overrides, entry);
    if (!has_content(header->type))
      entry.size = 0;
    // Archives of before POSIX have no other mark.
    if (entry.type == TarEntry::Type::file && entry.path.ends_with('/'))
      entry.type = TarEntry::Type::directory;
    content_left_ = entry.size;
    padding_left_ = padding_of(entry.size);
    return true;
  }
}

Result<size_t> TarReader::read(std::span<uint8_t> target) {
  const size_t room = static_cast<size_t>(std::min<uint64_t>(target.size(), content_left_));
  if (room == 0)
    return size_t{0};
  const auto count = source_.read(target.first(room));
  if (!count)
    return count.error();
  if (*count == 0)
    return broken_tar("cut short");
  content_left_ -= *count;
  return *count;
}

} // namespace banger
