#include "files/command_line.h"

#include "agent/json.h"
#include "files/pack.h"
#include "files/unpack.h"
#include "sys/file.h"

#include <csignal>

namespace banger {

namespace {

class InputSource : public ByteSource {
public:
  Result<size_t> read(std::span<uint8_t> target) override {
    while (true) {
      const ssize_t count = ::read(STDIN_FILENO, target.data(), target.size());
      if (count >= 0)
        return static_cast<size_t>(count);
      if (errno != EINTR)
        return os_error("stdin");
    }
  }
};

/** Fewer, larger reads: an archive of small files has many small headers. */
class BufferedSource : public ByteSource {
public:
  Result<size_t> read(std::span<uint8_t> target) override {
    if (rest_.empty()) {
      const auto count = input_.read(buffer_);
      if (!count)
        return count;
      rest_ = Bytes(buffer_).first(*count);
    }
    const size_t count = std::min(target.size(), rest_.size());
    std::copy_n(rest_.begin(), count, target.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

  void drain() {
    while (true) {
      const auto count = input_.read(buffer_);
      if (!count || *count == 0)
        return;
    }
  }

private:
  InputSource input_;
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(64 * 1024);
  Bytes rest_;
};

CopyFailure bad_request() {
  return {"ERR_FILES_BAD_REQUEST",
          "banger-files: pack PATH [follow] | unpack PATH [stream] [file] [owners] [name NAME]"};
}

CopyOutcome run_pack(const std::vector<std::string>& words) {
  return pack({words[0], words.size() > 1 && words[1] == "follow"}, STDOUT_FILENO);
}

CopyOutcome run_unpack(const std::vector<std::string>& words) {
  CopySource source{.directory = true, .name = "."};
  UnpackOptions options;
  for (size_t index = 1; index < words.size(); ++index) {
    if (words[index] == "stream") {
      source.stream = true;
    } else if (words[index] == "file") {
      source.directory = false;
    } else if (words[index] == "owners") {
      options.keep_owners = true;
    } else if (words[index] == "name" && index + 1 < words.size()) {
      source.name = words[++index];
    } else {
      return bad_request();
    }
  }
  // A name and no path: what it becomes lies in the target.
  if (source.name.empty() || source.name == ".." || source.name.find('/') != std::string::npos)
    return bad_request();
  auto target = target_of(words[0], source);
  if (auto* failure = std::get_if<CopyFailure>(&target))
    return *failure;
  BufferedSource input;
  TarReader tar(input);
  auto outcome = unpack(tar, std::get<CopyTarget>(target), options);
  // An archive may have more after its end, and whoever sends it wants to get rid of it.
  if (!outcome)
    input.drain();
  return outcome;
}

} // namespace

int files_command_line(int argc, char** argv) {
  const std::vector<std::string> words(argv + std::min(argc, 2), argv + argc);
  const std::string_view verb = argc > 1 ? argv[1] : "";
  CopyOutcome outcome;
  if (words.empty() || !words[0].starts_with('/')) {
    outcome = bad_request();
  } else if (verb == "pack") {
    outcome = run_pack(words);
  } else if (verb == "unpack") {
    // A client that goes is an archive that is cut short: then what is half is taken away.
    ::signal(SIGHUP, SIG_IGN);
    outcome = run_unpack(words);
  } else {
    outcome = bad_request();
  }
  if (!outcome)
    return 0;
  (void)write_all(STDERR_FILENO, dump_json({{"code", outcome->code}, {"message", outcome->message}}) + "\n");
  return 1;
}

} // namespace banger
