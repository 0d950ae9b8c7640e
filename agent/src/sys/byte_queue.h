#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <vector>

namespace banger {

using Bytes = std::span<const uint8_t>;

/**
 * Bytes in, bytes out, first in first out. Blocks are appended and dropped whole: nothing is ever moved to
 * the front, which is what makes a bulk stream slow.
 */
class ByteQueue {
public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void append(Bytes bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
      if (blocks_.empty() || blocks_.back().size() == block_size) {
        // A keystroke needs no large block; bulk data grows none by doubling.
        blocks_.emplace_back().reserve(bytes.size() < min_block ? min_block : block_size);
      }
      std::vector<uint8_t>& block = blocks_.back();
      const size_t count = std::min(bytes.size(), block_size - block.size());
      block.insert(block.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
      bytes = bytes.subspan(count);
    }
  }

  /** The longest run that lies in one piece; empty when the queue is. */
  Bytes front() const { return blocks_.empty() ? Bytes{} : Bytes(blocks_.front()).subspan(head_); }

  /** Drops the first `count` bytes, at most front().size(). */
  void pop(size_t count) {
    head_ += count;
    size_ -= count;
    if (head_ == blocks_.front().size()) {
      blocks_.pop_front();
      head_ = 0;
    }
  }

  /** Moves up to `room` bytes to `target` and returns how many. */
  size_t take(uint8_t* target, size_t room) {
    size_t taken = 0;
    while (taken < room && !empty()) {
      const Bytes run = front();
      const size_t count = std::min(run.size(), room - taken);
      std::memcpy(target + taken, run.data(), count);
      pop(count);
      taken += count;
    }
    return taken;
  }

  void clear() {
    blocks_.clear();
    head_ = size_ = 0;
  }

private:
  static constexpr size_t block_size = 64 * 1024;
  static constexpr size_t min_block = 512;
  std::deque<std::vector<uint8_t>> blocks_;
  size_t head_ = 0;
  size_t size_ = 0;
};

} // namespace banger
