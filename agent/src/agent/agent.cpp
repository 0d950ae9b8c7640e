#include "agent/agent.h"

#include "agent/clock.h"
#include "agent/exec_stream.h"
#include "agent/health.h"
#include "agent/ports.h"
#include "agent/shutdown.h"
#include "agent/tcp_stream.h"
#include "sys/file.h"
#include "sys/log.h"
#include "transport/device_watch.h"
#include "transport/listener.h"
#include "transport/port_filter.h"
#include "transport/virtio_port.h"

#include <nghttp2/nghttp2.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace banger {

namespace {

/** Everything that the agent is made of; one file wires. */
class Agent {
public:
  explicit Agent(AgentOptions options)
      : options_(std::move(options)), children_(loop_), context_{loop_, children_, options_.init,
                                                                 options_.shutdown_grace, options_.machine},
        init_state_(context_, std::move(options_.notify_socket)), shutdown_(context_) {
    routes_ = {
        {"GET /healthz", [this](const Json&, const Reply& reply) { get_health(init_state_, reply); }},
        {"GET /ports", get_ports},
        {"PUT /clock",
         [this](const Json& body, const Reply& reply) {
           // A test must not set the clock of the machine that it runs on.
           if (options_.init == InitKind::host)
             return reply(not_a_guest());
           put_clock(body, reply);
         }},
        {"POST /shutdown",
         [this](const Json& body, const Reply& reply) { shutdown_.post_shutdown(body, reply); }},
        {"POST /sync", [this](const Json& body, const Reply& reply) { shutdown_.post_sync(body, reply); }},
    };
    factory_ = [this](const Request& request, std::shared_ptr<StreamControl> control) {
      return handle(request, control);
    };
  }

  int run() {
    if (!listen())
      return 1;
    loop_.run();
    return 1;
  }

private:
  std::shared_ptr<StreamHandler> handle(const Request& request,
                                        const std::shared_ptr<StreamControl>& control) {
    const auto port = tcp_port_of(request.path);
    if (request.method == "POST" && port) {
      auto connection = std::make_shared<TcpStream>(loop_, control);
      connection->connect(*port);
      return connection;
    }
    if (request.method != "POST" || request.path != "/exec") {
      return std::make_shared<RequestHandler>(routes_, request, control);
    }
    wait_until_configured();
    auto stream =
        std::make_shared<ExecStream>(loop_, children_, control, [this] { options_.first_command.reset(); });
    control->respond(200, "application/x-banger-exec", true);
    return stream;
  }

  /** Blocks the loop: until then there is nothing to serve that is worth more than init's having the CPU. */
  void wait_until_configured() {
    if (options_.configured)
      (void)read_fd(options_.configured.get());
    options_.configured.reset();
  }

  bool listen() {
    const auto anybody = [](int) { return true; };
    const auto port_filter = [this] { return std::make_unique<PortFilter>(*options_.port_token); };
    if (options_.unix_path && !add_socket(listen_unix(options_.unix_path), anybody))
      return false;
    if (options_.unix_port_path && !add_socket(listen_unix(options_.unix_port_path), anybody, port_filter))
      return false;
    if (options_.machine.channel != Machine::Channel::none)
      channel_watch_ = std::make_unique<DeviceWatch>(loop_, [this] { return open_channel(); });
    return true;
  }

  /** Its driver may be loaded after the agent was started. */
  bool open_channel() {
    return options_.machine.channel == Machine::Channel::vsock ? open_vsock() : open_port();
  }

  bool open_port() {
    UniqueFd port = open_virtio_port();
    if (port && options_.port_token) {
      port_ = std::make_unique<Connection>(
          loop_, std::move(port), factory_,
          Connection::Options{std::make_unique<PortFilter>(*options_.port_token), {}});
      return true;
    }
    return false;
  }

  bool open_vsock() {
    auto vsock = listen_vsock();
    if (!vsock)
      return false;
    sockets_.push_back(make_socket(std::move(*vsock), peer_is_host));
    bell_ = ring_host();
    return true;
  }

  std::unique_ptr<ListeningSocket> make_socket(UniqueFd fd, ListeningSocket::Accept accept,
                                               ListeningSocket::MakeFilter filter = {}) {
    return std::make_unique<ListeningSocket>(loop_, std::move(fd), factory_, std::move(accept),
                                             std::move(filter));
  }

  bool add_socket(Result<UniqueFd> fd, ListeningSocket::Accept accept,
                  ListeningSocket::MakeFilter filter = {}) {
    if (!fd) {
      log_line("banger-agent", "listen", fd.error().text());
      return false;
    }
    sockets_.push_back(make_socket(std::move(*fd), std::move(accept), std::move(filter)));
    return true;
  }

  AgentOptions options_;
  EventLoop loop_;
  Children children_;
  AgentContext context_;
  InitState init_state_;
  Shutdown shutdown_;
  Routes routes_;
  HandlerFactory factory_;
  std::vector<std::unique_ptr<ListeningSocket>> sockets_;
  UniqueFd bell_;
  std::unique_ptr<DeviceWatch> channel_watch_;
  std::unique_ptr<Connection> port_;
};

} // namespace

int run_agent(AgentOptions options) {
  ::prctl(PR_SET_NAME, "banger-agent");
  if (options.init != InitKind::host) {
    // The OOM killer spares it, and it has its turn before what the guest is busy with; commands get 0 and 0
    // again.
    (void)write_file("/proc/self/oom_score_adj", "-1000");
    ::setpriority(PRIO_PROCESS, 0, -10);
  }
  Agent agent(std::move(options));
  return agent.run();
}

} // namespace banger
