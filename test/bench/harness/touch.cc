// Touches as many MiB as its argument says, in huge pages where the kernel gives them, and ends.
#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>

int main(int count, char** arguments) {
  constexpr size_t page = 4096;
  const size_t bytes = static_cast<size_t>(count > 1 ? std::atol(arguments[1]) : 0) << 20;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;
  // A host without huge pages says EINVAL; small ones will do.
  madvise(memory, bytes, MADV_HUGEPAGE);
  volatile char* first = static_cast<volatile char*>(memory);
  for (size_t at = 0; at < bytes; at += page)
    first[at] = 1;
}
