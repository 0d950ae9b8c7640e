#include "agent/session.h"

#include <string_view>

namespace banger {

namespace {

constexpr int32_t stream_window = 1 << 20;
constexpr int32_t connection_window = 16 << 20;
// A DATA frame holds an exec frame of 64 KiB with its header: fewer, larger frames are most of the bulk speed
// in Node.
constexpr uint32_t max_http_frame = 128 * 1024;
constexpr size_t data_read_size = 64 * 1024 + 5;

nghttp2_nv header(const char* name, const std::string& value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name)),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), std::char_traits<char>::length(name),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

} // namespace

/** Survives its stream and its session: detach() makes every call a no-op. */
class Session::Control : public StreamControl {
public:
  Control(Session& session, int32_t id) : session_(&session), id_(id) {}
  void detach() { session_ = nullptr; }

  void respond(int status, const char* content_type, bool has_body) override;
  void resume() override {
    if (session_ && nghttp2_session_resume_data(session_->session_, id_) == 0)
      session_->on_output_();
  }
  void consume(size_t bytes) override {
    if (session_ && nghttp2_session_consume_stream(session_->session_, id_, bytes) == 0)
      session_->on_output_();
  }
  void reset(uint32_t error_code) override {
    if (!session_)
      return;
    nghttp2_submit_rst_stream(session_->session_, NGHTTP2_FLAG_NONE, id_, error_code);
    session_->on_output_();
  }

private:
  Session* session_;
  int32_t id_;
};

struct Session::Callbacks {
  static Session& self(void* user) { return *static_cast<Session*>(user); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      self(user).streams_[frame->hd.stream_id];
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t, void* user) {
    Stream* stream = self(user).find(frame->hd.stream_id);
    if (!stream || stream->handler)
      return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":method")
      stream->request.method = text;
    if (key == ":path")
      stream->request.path = text;
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool is_request = frame->hd.type == NGHTTP2_HEADERS;
    if (!is_request && frame->hd.type != NGHTTP2_DATA)
      return 0;
    Stream* stream = self(user).find(frame->hd.stream_id);
    if (!stream)
      return 0;
    if (!stream->handler) {
      stream->control = std::make_shared<Control>(self(user), frame->hd.stream_id);
      stream->handler = self(user).factory_(stream->request, stream->control);
    }
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
      stream->handler->on_end();
    return 0;
  }

  static int on_data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size,
                     void* user) {
    // The connection's window opens at once: streams bound each other only by their own windows, so that one
    // command that does not read its stdin cannot stop the others.
    nghttp2_session_consume_connection(session, size);
    if (Stream* stream = self(user).find(id); stream && stream->handler)
      stream->handler->on_data({data, size});
    return 0;
  }

  static int on_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
    auto node = self(user).streams_.extract(id);
    if (node.empty() || !node.mapped().handler)
      return 0;
    node.mapped().control->detach();
    node.mapped().handler->on_close();
    return 0;
  }

  static ssize_t produce(nghttp2_session*, int32_t id, uint8_t* target, size_t room, uint32_t* flags,
                         nghttp2_data_source*, void* user) {
    Stream* stream = self(user).find(id);
    if (!stream)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    bool ended = false;
    const size_t count = stream->handler->produce(target, room, ended);
    if (ended)
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (count == 0 && !ended)
      return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(count);
  }

  static ssize_t read_length(nghttp2_session*, uint8_t, int32_t, int32_t session_window, int32_t window,
                             uint32_t max_frame, void*) {
    return std::min<ssize_t>({data_read_size, session_window, window, static_cast<ssize_t>(max_frame)});
  }
};

void Session::Control::respond(int status, const char* content_type, bool has_body) {
  if (!session_)
    return;
  const std::string code = std::to_string(status);
  const std::string type = content_type;
  const nghttp2_nv headers[] = {header(":status", code), header("content-type", type)};
  const nghttp2_data_provider body{.source = {.fd = 0}, .read_callback = Callbacks::produce};
  nghttp2_submit_response(session_->session_, id_, headers, has_body ? 2 : 1, has_body ? &body : nullptr);
  session_->on_output_();
}

Session::Session(const HandlerFactory& factory, std::function<void()> on_output)
    : factory_(factory), on_output_(std::move(on_output)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, Callbacks::read_length);
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_session_server_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 256},
                                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
                                             {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, max_http_frame}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window);
}

Session::~Session() {
  nghttp2_session_del(session_);
  // nghttp2 does not call on_stream_close here, and losing the connection is a hang-up for every stream.
  for (auto& [id, stream] : streams_) {
    if (!stream.handler)
      continue;
    stream.control->detach();
    stream.handler->on_close();
  }
}

Session::Stream* Session::find(int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

bool Session::receive(Bytes bytes) {
  const ssize_t count = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
  on_output_();
  return count == static_cast<ssize_t>(bytes.size());
}

Bytes Session::next_output() {
  const uint8_t* data = nullptr;
  const ssize_t count = nghttp2_session_mem_send(session_, &data);
  return count <= 0 ? Bytes{} : Bytes(data, static_cast<size_t>(count));
}

bool Session::finished() const {
  return !nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_);
}

} // namespace banger
