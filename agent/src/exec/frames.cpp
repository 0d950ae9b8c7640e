#include "exec/frames.h"

#include <algorithm>

namespace banger {

namespace {

/** The most that each type may carry; 0 for a type that a client does not send. */
size_t limit_of(FrameType type, bool& known) {
  known = true;
  switch (type) {
  case FrameType::start:
  case FrameType::stdin_data:
    return max_frame_payload;
  case FrameType::resize:
  case FrameType::signal:
    return 4096;
  default:
    known = false;
    return 0;
  }
}

} // namespace

void put_frame_header(uint8_t* target, FrameType type, size_t payload_size) {
  target[0] = static_cast<uint8_t>(type);
  target[1] = static_cast<uint8_t>(payload_size >> 24);
  target[2] = static_cast<uint8_t>(payload_size >> 16);
  target[3] = static_cast<uint8_t>(payload_size >> 8);
  target[4] = static_cast<uint8_t>(payload_size);
}

void append_frame(ByteQueue& queue, FrameType type, std::string_view payload) {
  uint8_t header[frame_header_size];
  put_frame_header(header, type, payload.size());
  queue.append(header);
  queue.append({reinterpret_cast<const uint8_t*>(payload.data()), payload.size()});
}

bool FrameDecoder::begin(FrameSink& sink) {
  type_ = static_cast<FrameType>(header_[0]);
  left_ = size_t{header_[1]} << 24 | size_t{header_[2]} << 16 | size_t{header_[3]} << 8 | size_t{header_[4]};
  bool known = false;
  if (left_ > limit_of(type_, known) || !known)
    return false;
  if (left_ == 0)
    return finish(sink);
  return true;
}

bool FrameDecoder::finish(FrameSink& sink) {
  const bool empty_stdin = type_ == FrameType::stdin_data && header_[1] == 0 && header_[2] == 0 &&
                           header_[3] == 0 && header_[4] == 0;
  header_size_ = 0;
  if (empty_stdin)
    sink.on_stdin_end();
  if (type_ == FrameType::stdin_data)
    return true;
  const std::string payload = std::move(payload_);
  payload_.clear();
  return sink.on_control_frame(type_, payload);
}

bool FrameDecoder::feed(Bytes bytes, FrameSink& sink) {
  while (!bytes.empty()) {
    if (header_size_ < frame_header_size) {
      header_[header_size_++] = bytes.front();
      bytes = bytes.subspan(1);
      if (header_size_ == frame_header_size && !begin(sink))
        return false;
      continue;
    }
    const Bytes part = bytes.first(std::min(bytes.size(), left_));
    bytes = bytes.subspan(part.size());
    left_ -= part.size();
    if (type_ == FrameType::stdin_data) {
      sink.on_stdin(part);
    } else {
      payload_.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    if (left_ == 0 && !finish(sink))
      return false;
  }
  return true;
}

} // namespace banger
