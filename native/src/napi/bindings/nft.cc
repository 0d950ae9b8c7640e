#include "napi/bindings/bindings.h"

#include "napi/decode.h"
#include "napi/list.h"
#include "napi/promise_worker.h"
#include "netlink/nfnl/socket.h"

namespace banger {
namespace {

using netlink::Bytes;
using netlink::NetfilterSocket;
// At least a header, so that whoever answers has a sequence to answer to.
Bytes decodeMessages(Napi::Value value) {
  bool fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
              value.As<Napi::TypedArray>().ByteLength() >= 16;
  if (!fits)
    throw Napi::TypeError::New(value.Env(), "messages must be a Uint8Array of at least 16 bytes");
  auto array = value.As<Napi::Uint8Array>();
  return Bytes(array.Data(), array.Data() + array.ByteLength());
}

using Socket = std::shared_ptr<NetfilterSocket>;

// (messages: Uint8Array, replyBytes: number) => Promise<Uint8Array>
Napi::Value batch(const Napi::CallbackInfo& info, const Socket& socket) {
  auto messages = std::make_shared<Bytes>(decodeMessages(info[0]));
  uint32_t replyBytes = decodeUint32(info[1], "replyBytes");
  return PromiseWorker<Bytes>::run(
      info.Env(), [socket, messages, replyBytes] { return socket->batch(*messages, replyBytes); }, bytesToJs);
}

// (request: Uint8Array) => Promise<Uint8Array>
Napi::Value dump(const Napi::CallbackInfo& info, const Socket& socket) {
  auto request = std::make_shared<Bytes>(decodeMessages(info[0]));
  return PromiseWorker<Bytes>::run(
      info.Env(), [socket, request] { return socket->dump(*request); }, bytesToJs);
}

// () => Promise<void>
Napi::Value close(const Napi::CallbackInfo& info, const Socket& socket) {
  return runStatus(info.Env(), [socket]() -> Status {
    socket->close();
    return Unit{};
  });
}

// What JS holds: three functions, each with a share of the socket. So has a call that is under way when they
// are collected, or when their environment ends.
Napi::Value socketToJs(Napi::Env env, Socket& socket) {
  auto object = Napi::Object::New(env);
  auto bind = [&](const char* name, Napi::Value (*method)(const Napi::CallbackInfo&, const Socket&)) {
    auto call = [socket, method](const Napi::CallbackInfo& info) { return method(info, socket); };
    object.Set(name, Napi::Function::New(env, call, name));
  };
  bind("batch", batch);
  bind("dump", dump);
  bind("close", close);
  return object;
}

// () => Promise<NetfilterSocket>
Napi::Value open(const Napi::CallbackInfo& info) {
  return PromiseWorker<Socket>::run(info.Env(), NetfilterSocket::open, socketToJs);
}

} // namespace

void bindNft(Napi::Env env, Napi::Object exports) {
  exports.Set("netfilterOpen", Napi::Function::New<open>(env, "netfilterOpen"));
}

} // namespace banger
