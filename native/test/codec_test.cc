#include "check.h"

int main() {
  banger::test::Checks check;
  banger::test::encoders(check);
  banger::test::goldenRtnl(check);
  banger::test::exchanges(check);
  banger::test::decoders(check);
  banger::test::hostileInput(check);
  banger::test::procStat(check);
  banger::test::deviceMapper(check);
  banger::test::goldenDeviceMapper(check);
  return check.finish();
}
