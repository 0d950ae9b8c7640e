#include "files/tar_writer.h"

#include "init/tar_format.h"

#include <cstdio>

namespace banger {

namespace {

constexpr uint64_t most_in_7_digits = 07777777;
constexpr uint64_t most_in_11_digits = 077777777777;
constexpr size_t name_size = 100;

char typeflag(TarEntry::Type type) {
  switch (type) {
  case TarEntry::Type::directory:
    return '5';
  case TarEntry::Type::symlink:
    return '2';
  case TarEntry::Type::hardlink:
    return '1';
  default:
    return '0';
  }
}

void put_text(std::string& block, size_t offset, std::string_view text) {
  block.replace(offset, text.size(), text);
}

void put_octal(std::string& block, size_t offset, int digits, uint64_t value) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  put_text(block, offset, {text, static_cast<size_t>(size)});
}

/** `<length> <key>=<value>\n`: the length counts itself. */
std::string pax_record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest;
  while (length != rest + std::to_string(length).size())
    length = rest + std::to_string(length).size();
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

std::string block_of(std::string_view name, std::string_view link, char type, const TarEntry& entry,
                     uint64_t size) {
  std::string block(tar_block_size, '\0');
  put_text(block, 0, name.substr(0, name_size));
  put_octal(block, 100, 7, entry.mode & 07777);
  put_octal(block, 108, 7, entry.uid > most_in_7_digits ? 0 : entry.uid);
  put_octal(block, 116, 7, entry.gid > most_in_7_digits ? 0 : entry.gid);
  put_octal(block, 124, 11, size > most_in_11_digits ? 0 : size);
  put_octal(block, 136, 11, std::min(entry.mtime, most_in_11_digits));
  block[156] = type;
  put_text(block, 157, link.substr(0, name_size));
  put_text(block, 257, std::string_view("ustar\00000", 8));
  put_text(block, 148, "        ");
  uint64_t sum = 0;
  for (const char byte : block)
    sum += static_cast<uint8_t>(byte);
  put_octal(block, 148, 6, sum);
  block[154] = '\0';
  return block;
}

std::string pax_of(const TarEntry& entry) {
  std::string pax;
  if (entry.path.size() > name_size)
    pax += pax_record("path", entry.path);
  if (entry.link_target.size() > name_size)
    pax += pax_record("linkpath", entry.link_target);
  if (entry.size > most_in_11_digits)
    pax += pax_record("size", std::to_string(entry.size));
  if (entry.uid > most_in_7_digits)
    pax += pax_record("uid", std::to_string(entry.uid));
  if (entry.gid > most_in_7_digits)
    pax += pax_record("gid", std::to_string(entry.gid));
  return pax;
}

} // namespace

size_t tar_padding(uint64_t size) {
  return (tar_block_size - size % tar_block_size) % tar_block_size;
}

std::string tar_header(const TarEntry& entry) {
  const std::string pax = pax_of(entry);
  std::string header;
  if (!pax.empty()) {
    TarEntry header_mode;
    header_mode.mode = 0600;
    header = block_of("pax", "", 'x', header_mode, pax.size());
    header += pax + std::string(tar_padding(pax.size()), '\0');
  }
  return header + block_of(entry.path, entry.link_target, typeflag(entry.type), entry, entry.size);
}

} // namespace banger
