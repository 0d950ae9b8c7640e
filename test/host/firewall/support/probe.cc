// probe LINK: sends each line of standard input, an Ethernet frame in hexadecimal, by a link, and prints each frame that comes in by it the
// same way. The first line that it prints is empty: from then on it sees what comes.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void sendLine(int socket, const std::string& line) {
  std::vector<unsigned char> frame;
  for (size_t at = 0; at + 1 < line.size(); at += 2)
    frame.push_back(static_cast<unsigned char>(std::stoi(line.substr(at, 2), nullptr, 16)));
  if (send(socket, frame.data(), frame.size(), 0) < 0) fail("send");
}

void printFrame(int socket) {
  unsigned char frame[65536];
  sockaddr_ll from{};
  socklen_t size = sizeof from;
  const ssize_t length = recvfrom(socket, frame, sizeof frame, 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (length < 0) fail("recvfrom");
  if (from.sll_pkttype == PACKET_OUTGOING) return;
  for (ssize_t i = 0; i < length; i++) std::printf("%02x", frame[i]);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int, char** argv) {
  const int socket = ::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (socket < 0) fail("socket");
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_protocol = htons(ETH_P_ALL);
  link.sll_ifindex = static_cast<int>(if_nametoindex(argv[1]));
  if (bind(socket, reinterpret_cast<sockaddr*>(&link), sizeof link) != 0) fail("bind");
  std::printf("\n");
  std::fflush(stdout);
  std::string held;
  for (;;) {
    pollfd waits[2] = {{socket, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) fail("poll");
    if (waits[0].revents != 0) printFrame(socket);
    if (waits[1].revents == 0) continue;
    char piece[65536];
    const ssize_t length = read(STDIN_FILENO, piece, sizeof piece);
    if (length <= 0) return 0;
    held.append(piece, static_cast<size_t>(length));
    for (size_t end = held.find('\n'); end != std::string::npos; end = held.find('\n')) {
      sendLine(socket, held.substr(0, end));
      held.erase(0, end + 1);
    }
  }
}
