#include "files/notes.h"

#include "agent/json.h"
#include "sys/file.h"

#include <unistd.h>

namespace banger {

namespace {

constexpr int most_notes = 20;

} // namespace

void Notes::left_out(const std::string& path, const char* why) {
  if (said_ > most_notes)
    return;
  const std::string note = said_++ < most_notes ? path + " is left out: " + why : "more is left out";
  (void)write_all(STDERR_FILENO, dump_json({{"note", note}}) + "\n");
}

} // namespace banger
