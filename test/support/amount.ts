/** How much of what is tried many times over: a sample on each change, all of it in `make test-long`. */
export function amount<T>(sample: T, all: T): T {
  return process.env.BANGER_TEST_LONG === "1" ? all : sample;
}
