#include "napi/bindings/bindings.h"

#include "napi/decode.h"
#include "napi/promise_worker.h"
#include "netlink/nfnl/socket.h"

namespace banger {
namespace {

using netlink::Bytes;
using netlink::NetfilterSocket;
constexpr const char* kResource = "banger.nft";

// At least a header, so that whoever answers has a sequence to answer to.
Bytes decodeMessages(Napi::Value value) {
  bool fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
              value.As<Napi::TypedArray>().ByteLength() >= 16;
  if (!fits)
    throw Napi::TypeError::New(value.Env(), "messages must be a Uint8Array of at least 16 bytes");
  auto array = value.As<Napi::Uint8Array>();
  return Bytes(array.Data(), array.Data() + array.ByteLength());
}

Napi::Value bytesToJs(Napi::Env env, Bytes& bytes) {
  auto array = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

// What JS holds. A call that is under way when it is collected, or when its environment ends, has its own
// share of the socket.
class NetfilterSocketJs : public Napi::ObjectWrap<NetfilterSocketJs> {
public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("NetfilterSocket", DefineClass(env, "NetfilterSocket",
                                               {InstanceMethod<&NetfilterSocketJs::open>("open"),
                                                InstanceMethod<&NetfilterSocketJs::batch>("batch"),
                                                InstanceMethod<&NetfilterSocketJs::dump>("dump"),
                                                InstanceMethod<&NetfilterSocketJs::close>("close")}));
  }

  explicit NetfilterSocketJs(const Napi::CallbackInfo& info)
      : ObjectWrap(info), socket_(std::make_shared<NetfilterSocket>()) {}

private:
  // () => Promise<void>
  Napi::Value open(const Napi::CallbackInfo& info) {
    return runStatus(info.Env(), kResource, [socket = socket_] { return socket->open(); });
  }

  // (messages: Uint8Array, replyBytes: number) => Promise<Uint8Array>
  Napi::Value batch(const Napi::CallbackInfo& info) {
    auto messages = std::make_shared<Bytes>(decodeMessages(info[0]));
    uint32_t replyBytes = decodeUint32(info[1], "replyBytes");
    return PromiseWorker<Bytes>::run(
        info.Env(), kResource,
        [socket = socket_, messages, replyBytes] { return socket->batch(*messages, replyBytes); }, bytesToJs);
  }

  // (request: Uint8Array) => Promise<Uint8Array>
  Napi::Value dump(const Napi::CallbackInfo& info) {
    auto request = std::make_shared<Bytes>(decodeMessages(info[0]));
    return PromiseWorker<Bytes>::run(
        info.Env(), kResource, [socket = socket_, request] { return socket->dump(*request); }, bytesToJs);
  }

  // () => Promise<void>
  Napi::Value close(const Napi::CallbackInfo& info) {
    return runStatus(info.Env(), kResource, [socket = socket_]() -> Status {
      socket->close();
      return Unit{};
    });
  }

  std::shared_ptr<NetfilterSocket> socket_;
};

} // namespace

void bindNft(Napi::Env env, Napi::Object exports) {
  NetfilterSocketJs::define(env, exports);
}

} // namespace banger
