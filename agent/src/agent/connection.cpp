#include "agent/connection.h"

#include <cerrno>
#include <sys/epoll.h>

namespace banger {

namespace {

constexpr size_t read_size = 64 * 1024;
constexpr size_t write_size = 64 * 1024;
/** Reads in one go, so that one busy connection leaves the others their turn. */
constexpr int reads_per_turn = 16;
/** How long a port must be at its end before its client counts as gone. */
constexpr std::chrono::seconds away_grace{5};

} // namespace

Connection::Connection(EventLoop& loop, UniqueFd fd, const HandlerFactory& factory, Options options)
    : loop_(loop), fd_(std::move(fd)), factory_(factory), options_(std::move(options)), input_(read_size),
      expecting_client_(!options_.filter) {
  // Edge-triggered: a port whose client is away is readable (end of file) and hung up all the time.
  loop_.watch(fd_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
              [this](uint32_t events) { on_event(events); });
}

Connection::~Connection() {
  *alive_ = false;
  session_.reset();
  if (fd_)
    loop_.unwatch(fd_.get());
}

void Connection::on_event(uint32_t events) {
  if (events & EPOLLOUT)
    schedule_flush();
  if (events & ~EPOLLOUT)
    read_some();
}

void Connection::read_some() {
  const auto alive = alive_;
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    const ssize_t count = ::read(fd_.get(), input_.data(), input_.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count == 0 && options_.filter)
      return client_away();
    const bool nothing_there = count < 0 && errno == EAGAIN;
    if (count <= 0 && !nothing_there)
      return close();
    away_since_.reset();
    if (nothing_there)
      return;
    deliver({input_.data(), static_cast<size_t>(count)});
    if (!*alive)
      return;
  }
  loop_.defer([this, alive] {
    if (*alive && fd_)
      read_some();
  });
}

/**
 * The kernel learns from one queue of the virtio device that clients come and go, and gets their bytes from
 * another: a port may seem to have no client when the next one's first bytes have been read already. So only
 * an end that stays is one; a new client's token ends the old session in any case.
 */
void Connection::client_away() {
  const auto now = EventLoop::Clock::now();
  if (!away_since_) {
    away_since_ = now;
    loop_.after(away_grace, [this, alive = alive_] {
      if (*alive && fd_)
        read_some();
    });
  }
  // Without a session there is an answer to a token at most, and its client may still be on its way.
  if (session_ && now - *away_since_ >= away_grace)
    end_session();
}

void Connection::deliver(Bytes bytes) {
  const auto to_session = [this](Bytes part) {
    // Made with the client's first bytes: our SETTINGS then never come in one read with the answer to a
    // reset, so that the client can hand its socket over to its HTTP/2 library with nothing read too far.
    if (!session_ && expecting_client_)
      session_ = std::make_unique<Session>(factory_, [this] { schedule_flush(); });
    if (session_ && !session_broken_ && !session_->receive(part)) {
      session_broken_ = true;
      schedule_flush(); // its GOAWAY says why
    }
  };
  if (!options_.filter)
    return to_session(bytes);
  options_.filter->feed(bytes, to_session, [this](Bytes answer) {
    end_session();
    expecting_client_ = true;
    output_.assign(answer.begin(), answer.end());
    schedule_flush();
  });
}

void Connection::end_session() {
  session_.reset(); // hangs up its commands
  session_broken_ = false;
  expecting_client_ = false;
  output_.clear();
  sent_ = 0;
}

void Connection::schedule_flush() {
  if (std::exchange(flush_scheduled_, true))
    return;
  loop_.defer([this, alive = alive_] {
    if (!*alive)
      return;
    flush_scheduled_ = false;
    flush();
  });
}

bool Connection::write_out() {
  while (sent_ < output_.size()) {
    const ssize_t count = ::write(fd_.get(), output_.data() + sent_, output_.size() - sent_);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      if (errno != EAGAIN)
        close();
      return false;
    }
    sent_ += static_cast<size_t>(count);
  }
  output_.clear();
  sent_ = 0;
  return true;
}

void Connection::flush() {
  const auto alive = alive_;
  if (!fd_)
    return;
  // A few turns only: what a command prints without end is no reason not to read.
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    while (session_ && output_.size() < write_size) {
      const Bytes piece = session_->next_output();
      if (piece.empty())
        break;
      output_.insert(output_.end(), piece.begin(), piece.end());
    }
    const bool nothing_left = output_.size() < write_size;
    if (output_.empty())
      break;
    if (!write_out())
      return;
    if (nothing_left)
      break;
    if (turn + 1 == reads_per_turn)
      return schedule_flush();
  }
  if (*alive && session_ && (session_broken_ || session_->finished()))
    close();
}

void Connection::close() {
  if (options_.filter) {
    end_session(); // a port stays open for its next client
    return;
  }
  end_session();
  loop_.unwatch(fd_.get());
  fd_.reset();
  // Not from within: the owner destroys this connection.
  loop_.defer([closed = options_.on_closed] {
    if (closed)
      closed();
  });
}

} // namespace banger
