#include "init/tar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace banger {

namespace {

constexpr size_t block_size = 512;
constexpr uint64_t max_pax = 1 << 20;
constexpr uint64_t unset = UINT64_MAX;
using Block = std::array<uint8_t, block_size>;

Error broken(const char* what) {
  return {0, std::string("tar: ") + what};
}

std::string_view text_field(const Block& block, size_t offset, size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(block.data()) + offset, size);
  return field.substr(0, field.find('\0'));
}

/** Octal, ended by a space or NUL. Larger numbers come in pax headers; GNU's base-256 is not POSIX and
 * refused. */
std::optional<uint64_t> octal_field(const Block& block, size_t offset, size_t size) {
  std::string_view field = text_field(block, offset, size);
  while (field.starts_with(' '))
    field.remove_prefix(1);
  field = field.substr(0, field.find(' '));
  if (field.empty())
    return 0;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  return error == std::errc{} && end == field.data() + field.size() ? std::optional(value) : std::nullopt;
}

bool checksum_matches(const Block& block) {
  uint64_t sum = 0;
  for (size_t index = 0; index < block_size; ++index)
    sum += index >= 148 && index < 156 ? ' ' : block[index];
  return octal_field(block, 148, 8) == sum;
}

std::optional<uint64_t> decimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/** `<length> <key>=<value>\n`, where length counts the whole record. False where it is malformed. */
bool take_pax_record(std::string_view& text, std::string_view& key, std::string_view& value) {
  const size_t space = text.find(' ');
  const auto length = space == std::string_view::npos ? std::nullopt : decimal(text.substr(0, space));
  if (!length || *length <= space + 1 || *length > text.size())
    return false;
  std::string_view record = text.substr(space + 1, *length - space - 1);
  if (!record.ends_with('\n'))
    return false;
  record.remove_suffix(1);
  const size_t equals = record.find('=');
  if (equals == std::string_view::npos)
    return false;
  key = record.substr(0, equals);
  value = record.substr(equals + 1);
  text.remove_prefix(*length);
  return true;
}

struct Header {
  char type = 0;
  TarEntry entry;
};

Result<Header> parse_header(const Block& block) {
  if (!checksum_matches(block))
    return broken("wrong checksum");
  if (text_field(block, 257, 5) != "ustar")
    return broken("not a POSIX archive");
  const auto mode = octal_field(block, 100, 8);
  const auto uid = octal_field(block, 108, 8);
  const auto gid = octal_field(block, 116, 8);
  const auto size = octal_field(block, 124, 12);
  if (!mode || !uid || !gid || !size)
    return broken("a number is not octal");
  Header header;
  header.type = static_cast<char>(block[156]);
  const std::string_view prefix = text_field(block, 345, 155);
  header.entry.path = prefix.empty() ? "" : std::string(prefix) + "/";
  header.entry.path += text_field(block, 0, 100);
  header.entry.link_target = text_field(block, 157, 100);
  header.entry.mode = static_cast<uint32_t>(*mode & 07777);
  header.entry.uid = static_cast<uint32_t>(*uid);
  header.entry.gid = static_cast<uint32_t>(*gid);
  header.entry.size = *size;
  return header;
}

TarEntry::Type type_of(char type) {
  switch (type) {
  case '0':
  case '\0':
    return TarEntry::Type::file;
  case '5':
    return TarEntry::Type::directory;
  case '2':
    return TarEntry::Type::symlink;
  default:
    return TarEntry::Type::other;
  }
}

} // namespace

Status TarReader::fill(std::span<uint8_t> target) {
  while (!target.empty()) {
    const auto count = source_.read(target);
    if (!count)
      return count.error();
    if (*count == 0)
      return broken("cut short");
    target = target.subspan(*count);
  }
  return Done{};
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

Status TarReader::read_pax(uint64_t size, TarEntry& overrides) {
  if (size > max_pax)
    return broken("a pax header is too large");
  std::string content(static_cast<size_t>(size), '\0');
  if (auto status = fill({reinterpret_cast<uint8_t*>(content.data()), content.size()}); !status)
    return status;
  if (auto status = skip((block_size - size % block_size) % block_size); !status)
    return status;
  std::string_view text = content, key, value;
  while (!text.empty()) {
    if (!take_pax_record(text, key, value))
      return broken("a pax record is malformed");
    if (value.find('\0') != std::string_view::npos)
      return broken("a pax value holds NUL");
    if (key == "path")
      overrides.path = value;
    if (key == "linkpath")
      overrides.link_target = value;
    if (key != "size" && key != "uid" && key != "gid")
      continue;
    const auto number = decimal(value);
    if (!number || (key != "size" && *number >= UINT32_MAX))
      return broken("a pax number is malformed");
    if (key == "size")
      overrides.size = *number;
    if (key == "uid")
      overrides.uid = static_cast<uint32_t>(*number);
    if (key == "gid")
      overrides.gid = static_cast<uint32_t>(*number);
  }
  return Done{};
}

Result<bool> TarReader::next(TarEntry& entry) {
  // Not their sum: a hostile size must not wrap around.
  for (uint64_t* left : {&content_left_, &padding_left_}) {
    if (auto status = skip(std::exchange(*left, 0)); !status)
      return status.error();
  }
  TarEntry overrides;
  overrides.size = unset;
  overrides.uid = overrides.gid = UINT32_MAX;
  while (true) {
    Block block;
    if (auto status = fill(block); !status)
      return status.error();
    if (std::all_of(block.begin(), block.end(), [](uint8_t byte) { return byte == 0; }))
      return false;
    auto header = parse_header(block);
    if (!header)
      return header.error();
    if (header->type == 'x' || header->type == 'g') {
      // A global header's values would hold for all entries; nobody writes ones that matter here.
      TarEntry ignored;
      auto status = read_pax(header->entry.size, header->type == 'x' ? overrides : ignored);
      if (!status)
        return status.error();
      continue;
    }
    entry = std::move(header->entry);
    entry.type = type_of(header->type);
    if (!overrides.path.empty())
      entry.path = overrides.path;
    if (!overrides.link_target.empty())
      entry.link_target = overrides.link_target;
    if (overrides.size != unset)
      entry.size = overrides.size;
    if (overrides.uid != UINT32_MAX)
      entry.uid = overrides.uid;
    if (overrides.gid != UINT32_MAX)
      entry.gid = overrides.gid;
    content_left_ = entry.size;
    padding_left_ = (block_size - entry.size % block_size) % block_size;
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
    return broken("cut short");
  content_left_ -= *count;
  return *count;
}

} // namespace banger
