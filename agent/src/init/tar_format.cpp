#include "init/tar_format.h"

#include <algorithm>
#include <charconv>

namespace banger {

namespace {

/** An off_t's. */
constexpr uint64_t max_size = INT64_MAX;

std::string_view text_field(const TarBlock& block, size_t offset, size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(block.data()) + offset, size);
  return field.substr(0, field.find('\0'));
}

/** GNU's: the first byte is 0x80, the rest a big-endian number. Negative ones (0xff) are none of ours. */
std::optional<uint64_t> binary_field(const TarBlock& block, size_t offset, size_t size) {
  uint64_t value = block[offset] & 0x7f;
  for (size_t index = offset + 1; index < offset + size; ++index) {
    if (value >> 55 != 0)
      return std::nullopt;
    value = value << 8 | block[index];
  }
  return value;
}

/** Octal, ended by a space or NUL. Larger numbers come in pax headers, or as GNU writes them. */
std::optional<uint64_t> number_field(const TarBlock& block, size_t offset, size_t size) {
  if (block[offset] & 0x80)
    return binary_field(block, offset, size);
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

bool checksum_matches(const TarBlock& block) {
  uint64_t sum = 0;
  for (size_t index = 0; index < tar_block_size; ++index)
    sum += index >= 148 && index < 156 ? ' ' : block[index];
  return number_field(block, 148, 8) == sum;
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

TarEntry::Type type_of(char type) {
  switch (type) {
  case '0':
  case '\0':
  case '7':
    return TarEntry::Type::file;
  case '1':
    return TarEntry::Type::hardlink;
  case '5':
    return TarEntry::Type::directory;
  case '2':
    return TarEntry::Type::symlink;
  default:
    return TarEntry::Type::other;
  }
}

} // namespace

Error broken_tar(const char* what) {
  return {0, std::string("tar: ") + what};
}

Result<TarHeader> parse_tar_header(const TarBlock& block) {
  if (!checksum_matches(block))
    return broken_tar("wrong checksum");
  const auto mode = number_field(block, 100, 8);
  const auto uid = number_field(block, 108, 8);
  const auto gid = number_field(block, 116, 8);
  const auto size = number_field(block, 124, 12);
  const auto mtime = number_field(block, 136, 12);
  if (!mode || !uid || !gid || !size)
    return broken_tar("a number is not octal");
  if (*size > max_size || *uid >= UINT32_MAX || *gid >= UINT32_MAX)
    return broken_tar("a number is too large");
  TarHeader header;
  header.type = static_cast<char>(block[156]);
  // GNU's own format (`ustar` and two spaces) has times there.
  const bool posix = text_field(block, 257, 6) == "ustar";
  const std::string_view prefix = posix ? text_field(block, 345, 155) : std::string_view{};
  header.entry.path = prefix.empty() ? "" : std::string(prefix) + "/";
  header.entry.path += text_field(block, 0, 100);
  header.entry.link_target = text_field(block, 157, 100);
  header.entry.mode = static_cast<uint32_t>(*mode & 07777);
  header.entry.uid = static_cast<uint32_t>(*uid);
  header.entry.gid = static_cast<uint32_t>(*gid);
  header.entry.size = *size;
  header.entry.mtime = mtime.value_or(0); // before 1970
  header.entry.type = type_of(header.type);
  return header;
}

Status parse_pax(std::string_view text, PaxOverrides& overrides) {
  std::string_view key, value;
  while (!text.empty()) {
    if (!take_pax_record(text, key, value))
      return broken_tar("a pax record is malformed");
    if (value.find('\0') != std::string_view::npos)
      return broken_tar("a pax value holds NUL");
    if (key == "path")
      overrides.path = value;
    if (key == "linkpath")
      overrides.link_target = value;
    if (key.starts_with("GNU.sparse."))
      overrides.sparse = true;
    if (key == "mtime") // with a fraction; one before 1970 is none of ours
      overrides.mtime = decimal(value.substr(0, value.find('.'))).value_or(0);
    if (key != "size" && key != "uid" && key != "gid")
      continue;
    const auto number = decimal(value);
    if (!number || *number > max_size || (key != "size" && *number >= UINT32_MAX))
      return broken_tar("a pax number is malformed");
    if (key == "size")
      overrides.size = *number;
    if (key == "uid")
      overrides.uid = static_cast<uint32_t>(*number);
    if (key == "gid")
      overrides.gid = static_cast<uint32_t>(*number);
  }
  return Done{};
}

} // namespace banger
