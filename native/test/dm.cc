// struct dm_ioctl in golden dumps, little-endian, and hostile replies.
#include "check.h"
#include "dm_replies.h"

#include "dm/codec.h"

#include <algorithm>
#include <cstring>
#include <linux/dm-ioctl.h>

namespace banger::test {

using namespace dm;

namespace {

using namespace dm_replies;

// The fields of the header before its name.
std::string head(const Bytes& bytes) {
  return Checks::hex(Bytes(bytes.begin(), bytes.begin() + 48));
}

std::string plain(std::string hex) {
  std::erase(hex, ' ');
  return hex;
}

void requests(Checks& check) {
  auto create = encodeRequest({.name = "bgr-a", .uuid = "BANGER-bgr-a", .table = {}}, 0);
  check.that(create && create->size() == kHeader, "a header alone");
  if (create) {
    check.that(head(*create) ==
                   plain("04000000 1b000000 00000000 38010000 38010000 00000000 00000000 00000000 "
                         "00000000 00000000 0000000000000000"),
               "create: version, sizes, no flags");
    check.that(std::strcmp(reinterpret_cast<const char*>(create->data()) + 48, "bgr-a") == 0, "create: name");
    check.that(std::strcmp(reinterpret_cast<const char*>(create->data()) + 176, "BANGER-bgr-a") == 0,
               "create: uuid");
  }
  auto remove = encodeRequest(
      {.name = "a", .uuid = {}, .flags = DM_DEFERRED_REMOVE, .eventNumber = kUdevFlags, .table = {}}, 4096);
  check.that(remove && remove->size() == 4096, "room for the reply");
  check.that(remove &&
                 head(*remove) == plain("04000000 1b000000 00000000 00100000 38010000 00000000 00000000 "
                                        "00000200 00006f00 00000000 0000000000000000"),
             "deferred remove, udev disabled");
  auto load = encodeRequest({.name = "a",
                             .uuid = {},
                             .flags = DM_READONLY_FLAG,
                             .table = {{0, 2048, "linear", "7:1 0"}, {2048, 4096, "zero", ""}}},
                            0);
  check.that(load && head(*load) ==
                         plain("04000000 1b000000 00000000 98010000 38010000 02000000 00000000 01000000 "
                               "00000000 00000000 0000000000000000"),
             "table: two targets");
  if (load)
    check.bytes(Bytes(load->begin() + kHeader, load->end()),
                "0000000000000000 0008000000000000 00000000 30000000" + type("linear") + "373a312030000000" +
                    "0008000000000000 0010000000000000 00000000 30000000" + type("zero") + "0000000000000000",
                "targets, padded to 8 bytes");
  auto rename = encodeRequest(
      {.name = "bgr-a", .uuid = {}, .eventNumber = kUdevFlags, .table = {}, .text = "bgr-b"}, 0);
  check.that(rename && head(*rename) == plain("04000000 1b000000 00000000 3e010000 38010000 00000000 "
                                              "00000000 00000000 00006f00 00000000 0000000000000000"),
             "rename: the new name is data, udev disabled");
  if (rename)
    check.bytes(Bytes(rename->begin() + kHeader, rename->end()), "6267722d6200",
                "the new name, with its NUL");
  check.that(!encodeRequest({.name = std::string(128, 'n'), .uuid = {}, .table = {}}, 0),
             "a name without its NUL");
  check.that(!encodeRequest({.name = "a", .uuid = std::string(129, 'n'), .table = {}}, 0),
             "a uuid without its NUL");
  check.that(!encodeRequest({.name = "a", .uuid = {}, .table = {{0, 1, std::string(16, 't'), ""}}}, 0),
             "a type without its NUL");
}

void replies(Checks& check) {
  auto device = decodeDevice(reply(0, DM_READONLY_FLAG | DM_ACTIVE_PRESENT_FLAG | DM_DEFERRED_REMOVE, ""));
  check.that(device && device->name == "bgr-a" && device->uuid == "BANGER-bgr-a", "device: name and uuid");
  check.that(device && device->major == 253 && device->minor == 3 && device->openCount == 2,
             "device: number");
  check.that(device && device->readOnly && device->active && device->deferredRemove && !device->suspended,
             "device: flags");
  check.that(replyIsCut(reply(0, DM_BUFFER_FULL_FLAG, "")) && !replyIsCut(reply(0, 0, "")), "buffer full");
  auto targets = decodeTargets(reply(2, 0, kTargets));
  check.that(targets && targets->size() == 2, "two targets");
  check.that(targets && targets->at(0).type == "snapshot" && targets->at(0).params == "16/64 8",
             "snapshot status");
  check.that(targets && targets->at(1).startSector == 2048 && targets->at(1).lengthSectors == 4096,
             "second target");
  auto dependencies = decodeDependencies(reply(0, 0, kDependencies));
  check.that(dependencies && dependencies->size() == 2, "dependencies");
  check.that(dependencies && dependencies->at(0).major == 7 && dependencies->at(0).minor == 3,
             "dependency 7:3");
  auto names = decodeNames(reply(0, 0, kNames));
  check.that(names && names->size() == 2 && names->at(0).name == "bgr-a" && names->at(1).name == "b",
             "names");
  check.that(names && names->at(1).number.minor == 4, "number of a name");
  auto none = decodeNames(reply(0, 0, ""));
  check.that(none && none->empty(), "no devices at all");
  auto versions = decodeTargetVersions(reply(0, 0, kVersions));
  check.that(versions && versions->size() == 2 && versions->at(1).name == "zero", "versions");
  check.that(versions && versions->at(1).version == std::array<uint32_t, 3>{1, 16, 2}, "version of a target");
  // No table: the size that the kernel gives ends before the data would begin.
  Bytes bare = reply(0, 0, "");
  uint32_t size = 305;
  std::memcpy(bare.data() + offsetof(dm_ioctl, data_size), &size, sizeof size);
  auto nothing = decodeTargets(bare);
  check.that(nothing && nothing->empty(), "no table");
}

// Every truncation, and every byte of the data and of the sizes turned over: no read outside the bytes (run
// it under a sanitizer), no endless walk.
void hostile(Checks& check) {
  size_t decoded = 0;
  auto walk = [&](ByteSpan bytes) {
    decoded += decodeTargets(bytes).has_value() + decodeDependencies(bytes).has_value() +
               decodeNames(bytes).has_value() + decodeTargetVersions(bytes).has_value();
    (void)decodeDevice(bytes);
    (void)decodeVersion(bytes);
    (void)replyIsCut(bytes);
  };
  for (const std::string& data : {kTargets, kDependencies, kNames, kVersions}) {
    Bytes whole = reply(2, 0, data);
    for (size_t size = 0; size < whole.size(); ++size)
      walk(ByteSpan(whole).first(size));
    for (size_t at = 0; at < whole.size(); at = at == 31 ? kHeader : at + 1)
      for (int value = 0; value < 256; ++value) {
        Bytes turned = whole;
        turned[at] = static_cast<uint8_t>(value);
        walk(turned);
      }
  }
  check.that(decoded > 256, "most turned replies are still walked");
}

} // namespace

void deviceMapper(Checks& check) {
  requests(check);
  replies(check);
  hostile(check);
}

} // namespace banger::test
