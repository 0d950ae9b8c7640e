#pragma once

#include "sys/byte_queue.h"

#include <array>
#include <string>
#include <string_view>

namespace banger {

/** Frames of an exec stream: 1 byte type, 4 bytes length (big-endian), payload. docs/guest-protocol.md */
enum class FrameType : uint8_t {
  start = 0x01,
  stdin_data = 0x02,
  resize = 0x03,
  signal = 0x04,
  started = 0x81,
  stdout_data = 0x82,
  stderr_data = 0x83,
  exit = 0x84,
  error = 0x85,
};

constexpr size_t frame_header_size = 5;
constexpr size_t max_frame_payload = 1 << 20;
/** What a sender puts into one frame. */
constexpr size_t send_payload = 64 * 1024;

void put_frame_header(uint8_t* target, FrameType type, size_t payload_size);
void append_frame(ByteQueue& queue, FrameType type, std::string_view payload);

/** What a decoder finds. Stdin is handed on as it comes, in pieces; other frames are handed on whole. */
class FrameSink {
public:
  virtual ~FrameSink() = default;
  /** False refuses the frame: the stream is in error. */
  virtual bool on_control_frame(FrameType type, std::string_view payload) = 0;
  virtual void on_stdin(Bytes bytes) = 0;
  virtual void on_stdin_end() = 0;
};

/** Incremental decoder of client frames. Checks type and length before it stores anything. */
class FrameDecoder {
public:
  /** False on a protocol error; nothing may be fed after that. */
  bool feed(Bytes bytes, FrameSink& sink);

private:
  bool begin(FrameSink& sink);
  bool finish(FrameSink& sink);

  std::array<uint8_t, frame_header_size> header_{};
  size_t header_size_ = 0;
  FrameType type_{};
  size_t left_ = 0;
  std::string payload_;
};

} // namespace banger
