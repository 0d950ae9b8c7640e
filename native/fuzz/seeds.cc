// seeds DIRECTORY: writes DIRECTORY/<target>/<name> for what has golden dumps.
#include "dm_replies.h"
#include "golden/rtnl.h"
#include "replies.h"

#include <filesystem>
#include <fstream>

using namespace banger::test;

namespace {

void write(const std::filesystem::path& file, const banger::netlink::Bytes& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out)
    throw std::runtime_error("cannot write " + file.string());
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: seeds DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path top(argv[1]);
  using namespace dm_replies;
  write(top / "fuzz_dm_reply/targets", reply(2, 0, kTargets));
  write(top / "fuzz_dm_reply/dependencies", reply(0, 0, kDependencies));
  write(top / "fuzz_dm_reply/names", reply(0, 0, kNames));
  write(top / "fuzz_dm_reply/versions", reply(0, 0, kVersions));
  banger::netlink::Bytes all;
  for (auto [name, hex] :
       {std::pair("link", kLinkReply), std::pair("address", kAddressReply), std::pair("route", kRouteReply),
        std::pair("error", kErrorReply), std::pair("tap", golden::kAnswerTap),
        std::pair("bridge", golden::kAnswerBridge), std::pair("addresses6", golden::kAnswerAddresses6),
        std::pair("routes6", golden::kAnswerRoutes6), std::pair("neighbours6", golden::kAnswerNeighbours6)}) {
    auto bytes = Checks::unhex(hex);
    write(top / "fuzz_netlink_reply" / name, bytes);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  write(top / "fuzz_netlink_reply/all", all);
  return 0;
}
