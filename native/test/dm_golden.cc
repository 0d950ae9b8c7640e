// What dmsetup(8) asks of the kernel and what that answers, as scripts/golden/dm.ts wrote it down, against
// our encoder and decoders.
#include "check.h"
#include "golden/dm.h"

#include "dm/codec.h"

#include <algorithm>
#include <cstring>
#include <linux/dm-ioctl.h>

namespace banger::test {

using namespace dm;
using namespace golden::dm;

namespace {

dm_ioctl headerOf(const Bytes& bytes) {
  dm_ioctl header{};
  std::memcpy(&header, bytes.data(), std::min(bytes.size(), sizeof header));
  return header;
}

// What follows the header, without the room for the answer.
std::string dataOf(const Bytes& bytes) {
  Bytes data(bytes.begin() + headerOf(bytes).data_start, bytes.end());
  while (!data.empty() && data.back() == 0)
    data.pop_back();
  return Checks::hex(data);
}

// Versions, sizes and the cookie are each program's own.
void sameRequest(Checks& check, const char* golden, const Request& ours, uint32_t flags, const char* what) {
  const Bytes theirs = Checks::unhex(golden);
  const auto made = encodeRequest(ours, 0);
  check.that(made.has_value(), what);
  if (!made)
    return;
  const dm_ioctl a = headerOf(theirs);
  const dm_ioctl b = headerOf(*made);
  // What it has just made, dmsetup names by its number.
  if (a.dev == 0)
    check.that(std::strcmp(a.name, b.name) == 0 && std::strcmp(a.uuid, b.uuid) == 0, what);
  check.that(a.target_count == b.target_count && a.data_start == b.data_start, what);
  check.that((a.flags & flags) == flags && (b.flags & flags) == flags, what);
  check.that(dataOf(theirs) == dataOf(*made), what);
}

void sent(Checks& check) {
  const std::vector<Target> base = {{0, 2048, "linear", "7:0 0"}, {2048, 4096, "zero", ""}};
  sameRequest(check, kSentCreate, {.name = "bgr-base", .uuid = "BANGER-bgr-base", .table = {}}, 0, "create");
  sameRequest(check, kSentLoad, {.name = "bgr-base", .uuid = {}, .flags = DM_READONLY_FLAG, .table = base},
              DM_READONLY_FLAG, "load of two targets");
  sameRequest(check, kSentLoadSnapshot,
              {.name = "bgr-snap", .uuid = {}, .table = {{0, 2048, "snapshot", kSnapshotParams}}}, 0,
              "load of a snapshot");
  sameRequest(check, kSentResume, {.name = "bgr-base", .uuid = {}, .table = {}}, 0, "resume");
  sameRequest(check, kSentSuspend,
              {.name = "bgr-snap", .uuid = {}, .flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG, .table = {}},
              DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG, "suspend");
  sameRequest(check, kSentRename, {.name = "bgr-snap", .uuid = {}, .table = {}, .text = "bgr-new"}, 0,
              "rename");
  sameRequest(check, kSentRemoveDeferred,
              {.name = "bgr-base", .uuid = {}, .flags = DM_DEFERRED_REMOVE, .table = {}}, DM_DEFERRED_REMOVE,
              "deferred remove");
  sameRequest(check, kSentRemove, {.name = "bgr-new", .uuid = {}, .table = {}}, 0, "remove");
  sameRequest(check, kSentTable, {.name = "bgr-base", .uuid = {}, .flags = DM_STATUS_TABLE_FLAG, .table = {}},
              DM_STATUS_TABLE_FLAG, "table");
}

// The kernel's size of an answer without data ends before the padding of the header, which our buffers have.
std::optional<Device> deviceIn(const char* golden) {
  Bytes answer = Checks::unhex(golden);
  answer.resize(std::max(answer.size(), sizeof(dm_ioctl)));
  return decodeDevice(answer);
}

void devices(Checks& check) {
  const auto created = deviceIn(kAnswerCreate);
  check.that(created && created->name == "bgr-base" && created->uuid == "BANGER-bgr-base" && !created->active,
             "a new device: no table yet");
  const auto info = deviceIn(kAnswerInfo);
  check.that(info && info->active && info->readOnly && !info->suspended && !info->deferredRemove,
             "a read-only device with a table");
  check.that(info && info->openCount == 1, "which a snapshot has open");
  check.that(created && info && created->major == info->major && created->minor == info->minor,
             "and its number");
  const auto suspended = deviceIn(kAnswerSuspend);
  check.that(suspended && suspended->suspended, "a suspended device");
  const auto deferred = deviceIn(kAnswerRemoveDeferred);
  check.that(deferred && deferred->deferredRemove, "one that goes with its last user");
}

void lists(Checks& check) {
  const auto version = decodeVersion(Checks::unhex(kAnswerVersion));
  check.that(version && version->at(0) == DM_VERSION_MAJOR && version->at(1) >= 27, "version");
  const auto status = decodeTargets(Checks::unhex(kAnswerStatus));
  check.that(status && status->size() == 1 && status->at(0).type == "snapshot", "status of a snapshot");
  check.that(status && status->at(0).params.find("/8192 ") != std::string::npos, "how full it is");
  const auto table = decodeTargets(Checks::unhex(kAnswerTable));
  check.that(table && table->size() == 2 && table->at(0).params == "7:0 0" && table->at(1).type == "zero",
             "table of two targets");
  check.that(table && table->at(1).startSector == 2048 && table->at(1).lengthSectors == 4096,
             "where the second one is");
  const auto snapshot = decodeTargets(Checks::unhex(kAnswerTableSnapshot));
  check.that(snapshot && snapshot->size() == 1 && snapshot->at(0).params == kSnapshotParams,
             "table of a snapshot");
  const auto below = decodeDependencies(Checks::unhex(kAnswerDependencies));
  const auto isCow = [](const DeviceNumber& each) { return each.major == 7 && each.minor == 1; };
  check.that(below && below->size() == 2 && std::ranges::any_of(*below, isCow), "dependencies");
  const auto names = decodeNames(Checks::unhex(kAnswerNames));
  const auto named = [&](const char* name) {
    return names && std::ranges::any_of(*names, [&](const auto& each) { return each.name == name; });
  };
  check.that(named("bgr-base") && named("bgr-snap"), "names");
  const auto versions = decodeTargetVersions(Checks::unhex(kAnswerTargets));
  const auto has = [&](const char* name) {
    return versions && std::ranges::any_of(*versions, [&](const auto& each) { return each.name == name; });
  };
  check.that(has("linear") && has("zero") && has("snapshot"), "targets");
}

} // namespace

void goldenDeviceMapper(Checks& check) {
  sent(check);
  devices(check);
  lists(check);
}

} // namespace banger::test
