#include "check.h"
#include "exec/frames.h"

#include <vector>

namespace {

/** Writes down what was decoded; stdin's bytes run together however they came. */
class Recorder : public banger::FrameSink {
public:
  bool on_control_frame(banger::FrameType type, std::string_view payload) override {
    events.push_back(static_cast<char>(type) + std::string(payload));
    return true;
  }
  void on_stdin(banger::Bytes bytes) override {
    FUZZ_CHECK(!bytes.empty());
    if (events.empty() || events.back().front() != 'i')
      events.emplace_back("i");
    events.back().append(bytes.begin(), bytes.end());
  }
  void on_stdin_end() override { events.emplace_back("e"); }

  std::vector<std::string> events;
};

} // namespace

/** However the bytes are cut, the same is decoded, and the same is refused. The first byte of the input says
 * where it is cut. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1)
    return 0;
  const size_t step = size_t{data[0]} + 1;
  const banger::Bytes bytes(data + 1, size - 1);
  Recorder whole, pieces;
  banger::FrameDecoder whole_decoder, pieces_decoder;
  const bool whole_good = whole_decoder.feed(bytes, whole);
  bool pieces_good = true;
  for (size_t at = 0; at < bytes.size() && pieces_good; at += step) {
    pieces_good = pieces_decoder.feed(bytes.subspan(at, std::min(step, bytes.size() - at)), pieces);
  }
  FUZZ_CHECK(whole_good == pieces_good);
  FUZZ_CHECK(whole.events == pieces.events);
  return 0;
}
