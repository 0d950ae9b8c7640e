// What the agent parses, checked without a guest: every check is counted, a failure says where.
#include "agent/clock.h"
#include "agent/json.h"
#include "agent/ports.h"
#include "init/modules.h"
#include "init/timer_check.h"
#include "init/upper.h"

#include <cstdio>
#include <filesystem>
#include <sys/stat.h>

namespace {

using namespace banger;

int checks = 0;
int failed = 0;

void that(bool condition, const char* what) {
  ++checks;
  if (condition)
    return;
  ++failed;
  std::fprintf(stderr, "FAIL: %s\n", what);
}

constexpr const char* tcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 "
    "0 0 10 0\n"
    "   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 "
    "0 0 10 0\n"
    "   2: 02001EAC:0016 01001EAC:9C40 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 20 4 "
    "30 10 -1\n";

constexpr const char* tcp6 =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue "
    "tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 444 1 0 100 0 0 10 0\n"
    "   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 445 1 0 100 0 0 10 0\n";

constexpr const char* udp =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
    "pointer drops\n"
    "  174: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 555 2 0 0\n"
    "  175: 02001EAC:C000 01001EAC:0035 01 00000000:00000000 00:00000000 00000000     0        0 556 2 0 0\n";

void clocks() {
  constexpr int64_t second = 1'000'000'000;
  constexpr int64_t started = 1'790'000'000 * second;
  that(time_at_boot(started, 3 * second, started) == started + 3 * second, "a clock that is behind");
  that(time_at_boot(started, 3 * second, 0) == started + 3 * second, "a clock that was never set");
  that(!time_at_boot(started, 3 * second, started + 3 * second), "a clock that is right");
  that(!time_at_boot(started, 0, started + 60 * second), "a guest's own is later: its host wrote early");
  that(time_at_boot(started, 0, started + 86'400 * second) == started, "a clock that is a day ahead");
  that(TimerCheck().went_off(std::chrono::seconds(60)), "timers of this kernel go off");
  that(!TimerCheck().went_off(std::chrono::milliseconds(0)), "one that was just set has not yet");
}

void listeners() {
  const auto found = parse_listeners(tcp, "tcp");
  that(found.size() == 2, "a connection is no listener");
  that(found[0].address == "127.0.0.1" && found[0].port == 8080 && found[0].inode == 111,
       "address, port and inode");
  that(found[1].address == "0.0.0.0" && found[1].port == 22, "any address");
  const auto six = parse_listeners(tcp6, "tcp6");
  that(six.size() == 2 && six[0].protocol == "tcp" && six[0].address == "::" && six[0].port == 80,
       "IPv6, any");
  that(six.size() == 2 && six[1].address == "::1", "IPv6, loopback");
  const auto datagrams = parse_listeners(udp, "udp");
  that(datagrams.size() == 1 && datagrams[0].protocol == "udp" && datagrams[0].port == 53,
       "UDP without a peer");
}

void broken() {
  that(parse_listeners("", "tcp").empty(), "nothing");
  that(parse_listeners("head only", "tcp").empty(), "no line's end");
  that(parse_listeners("head\n   0: 0100007F:1F90 0000", "tcp").empty(), "a line that is cut off");
  that(parse_listeners(tcp, "tcp6").empty() && parse_listeners(tcp6, "tcp").empty(),
       "the other family's lines");
  that(parse_listeners(udp, "tcp").empty(), "UDP's states are none of TCP's");
}

void replies() {
  const std::vector<Listener> two = {{"tcp", "::", 80, 1}, {"tcp", "::", 81, 2}};
  const SocketOwners owners = {{1, {7, "web\xff", "web -x \x1b[2J"}}};
  const Json reply = listeners_reply(two, owners, 4096);
  that(reply["listeners"].size() == 2 && !reply.contains("truncated"), "all of them");
  that(reply["listeners"][0]["pid"] == 7 && reply["listeners"][1]["pid"].is_null(),
       "a socket that nobody has");
  that(dump_json(reply).find("\\u001b[2J") != std::string::npos,
       "what a terminal would act on is JSON's escape");

  const std::string evil(4096, '\x01');
  SocketOwners many;
  std::vector<Listener> all;
  for (uint64_t inode = 1; inode <= 1000; ++inode) {
    all.push_back({"tcp", "::", 1, inode});
    many.emplace(inode, SocketOwner{1, evil, evil});
  }
  const Json bounded = listeners_reply(all, many, 768 << 10);
  that(bounded["truncated"] == true && !bounded["listeners"].empty(), "more than fits is left out, and told");
  that(dump_json(bounded).size() < 1 << 20, "a reply has at most a MiB");
}

void modules() {
  const auto behind = [](const char* text) {
    ModuleOrder order = parse_module_order(text);
    const std::vector<std::string> taken = take_behind_disks(order);
    return std::to_string(order.now.size()) + (taken.empty() ? "" : " " + taken.front());
  };
  that(behind("virtio_mmio.ko\nvirtio_blk.ko\nfailover.ko\nvirtio_net.ko\nlate overlay.ko\n") ==
           "2 failover.ko",
       "what no disk needs");
  that(behind("virtio_blk.ko\njbd2.ko\next4.ko\nvirtio_net.ko\n") == "3 virtio_net.ko",
       "not a filesystem, nor what it needs");
  that(behind("virtio_net.ko\n") == "0 virtio_net.ko", "disks that are built in");
  that(behind("virtio_net.ko\nvirtio_blk.ko\n") == "2", "nothing behind");
}

/** Directories of one image and one VM, in a place of their own. */
class UpperBench {
public:
  UpperBench() {
    char name[] = "/tmp/agent-test-XXXXXX";
    base_ = ::mkdtemp(name) ? name : "";
    that(!base_.empty(), "a temporary directory");
    make("lower", 0710);
    make("upper", 0755);
  }
  ~UpperBench() { std::filesystem::remove_all(base_); }

  std::string at(const std::string& path) const { return base_ + "/" + path; }
  void make(const std::string& path, mode_t mode) const {
    std::filesystem::create_directory(at(path));
    ::chmod(at(path).c_str(), mode);
  }
  void link(const std::string& path) const { std::filesystem::create_symlink("/tmp", at(path)); }
  bool join() const { return static_cast<bool>(make_upper_directories(at("lower"), at("upper"))); }
  /** 0 where there is nothing. */
  mode_t mode(const std::string& path) const {
    struct stat info {};
    return ::lstat(at(path).c_str(), &info) < 0 ? 0 : info.st_mode & 07777;
  }

private:
  std::string base_;
};

void upper_directories() {
  const UpperBench bench;
  bench.make("lower/etc", 02750);
  bench.link("lower/etc/ssh");
  bench.make("lower/var", 0755);
  bench.make("lower/var/lib", 0775);
  bench.link("lower/var/lib/docker");
  // A boot that was interrupted.
  bench.make("upper/new", 0700);
  bench.make("upper/new/etc", 0700);
  that(bench.join(), "an upper is made");
  that(bench.mode("upper/root") == 0710 && bench.mode("upper/root/etc") == 02750 &&
           bench.mode("upper/root/var/lib") == 0775,
       "modes are the image's, also of what was begun");
  that(bench.mode("upper/root/etc/ssh") == 0 && bench.mode("upper/root/etc/systemd") == 0,
       "neither a link of the image nor what it lacks is made");
  that(bench.mode("upper/root/var/lib/docker") == 0 && bench.mode("upper/root/var/lib/containerd") == 0711,
       "an engine's directory is made where the image has nothing");
  that(bench.mode("upper/work") == 0700 && bench.mode("upper/new") == 0, "work is there, and new is not");
  bench.make("upper/root/etc", 0700);
  that(bench.join() && bench.mode("upper/root/etc") == 0700, "what a guest has changed stays");
}

void upper_of_odd_image() {
  const UpperBench bench;
  bench.link("lower/var");
  std::FILE* file = std::fopen(bench.at("lower/etc").c_str(), "w");
  that(file && std::fclose(file) == 0, "a file");
  that(bench.join() && bench.mode("upper/root") == 0710, "an upper is made for any image");
  that(std::filesystem::is_empty(bench.at("upper/root")), "nothing stands for a link or a file");
}

} // namespace

int main() {
  upper_directories();
  upper_of_odd_image();
  modules();
  clocks();
  listeners();
  broken();
  replies();
  std::printf("%d checks, %d failed\n", checks, failed);
  return failed == 0 ? 0 : 1;
}
