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

netlink::IpPrefix decodePrefix(Napi::Value address, const char* addressName, Napi::Value bits,
                               const char* bitsName) {
  Ip ip = decodeIp(address, addressName);
  uint32_t length = decodeUint32(bits, bitsName);
  if (length > ip.maximumBits())
    throw Napi::RangeError::New(bits.Env(), std::string(bitsName) + " is too large");
  return {ip, static_cast<uint8_t>(length)};
}

Napi::Value bytesToJs(Napi::Env env, netlink::ByteSpan bytes) {
  auto array = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

} // namespace banger
