// The exported functions about the program itself: the reader of its output, the manager that
// started it, and its end.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"

namespace mig {

// hasReader(fd): whether the other end can still be read. Without this, only the next write would
// show it.
Napi::Value Addon::HasReader(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto fd = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  // poll reports errors and a closed far end even without requested events.
  pollfd output{static_cast<int>(fd), 0, 0};
  const bool is_closed = poll(&output, 1, 0) == 1 && output.revents != 0;
  return Napi::Boolean::New(info.Env(), !is_closed);
}

// notifyManager(address, text): sends one datagram, as sd_notify(3) does, because Node has no
// datagram sockets of this family. An address that begins with '@' is an abstract one. Never waits.
Napi::Value Addon::NotifyManager(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto path = arguments.Next<std::string>();
  const auto text = arguments.Next<std::string>();
  if (!arguments.ok()) return info.Env().Undefined();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    return SystemFailure(info.Env(), ENAMETOOLONG, "sendto");
  path.copy(address.sun_path, path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemFailure(info.Env(), errno, "socket");
  const auto sent = sendto(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), length);
  const int error = sent < 0 ? errno : 0;
  close(fd);
  if (error != 0) return SystemFailure(info.Env(), error, "sendto");
  return Success(info.Env(), info.Env().Undefined());
}

// endProcess(status): process.exit() would wait for driver calls that have begun, and one of them
// may never return.
Napi::Value Addon::EndProcess(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto status = arguments.Next<unsigned int>();
  if (arguments.ok()) _exit(static_cast<int>(status));
  return info.Env().Undefined();
}

}  // namespace mig
