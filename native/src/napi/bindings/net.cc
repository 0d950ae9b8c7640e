#include "napi/bindings/net.h"

namespace banger {

using netlink::Ip;

Ip decodeIp(Napi::Value value, const char* name) {
  bool bytes = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  size_t length = bytes ? value.As<Napi::TypedArray>().ByteLength() : 0;
  if (length != 4 && length != 16)
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be 4 or 16 bytes");
  Ip ip{static_cast<uint8_t>(length == 4 ? AF_INET : AF_INET6), {}};
  const uint8_t* data = value.As<Napi::Uint8Array>().Data();
  std::copy(data, data + length, ip.bytes.begin());
  return ip;
}

uint8_t decodeIpFamily(Napi::Value value, const char* name) {
  uint32_t family = decodeUint32(value, name);
  if (family != 4 && family != 6)
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be 4 or 6");
  return family == 4 ? AF_INET : AF_INET6;
}

netlink::IpPrefix decodePrefix(Napi::Value address, Napi::Value bits) {
  Ip ip = decodeIp(address, "address");
  uint32_t length = decodeUint32(bits, "bits");
  if (length > ip.maximumBits())
    throw Napi::RangeError::New(bits.Env(), "bits is too large");
  return {ip, static_cast<uint8_t>(length)};
}

} // namespace banger
