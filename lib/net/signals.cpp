#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "net/as_tuple.hpp"
#include "net/task.hpp"

namespace net_io {
namespace {

namespace asio = boost::asio;

}  // namespace

Task<int> wait_for_signal() {
  if (co_await cancelled()) co_return 0;
  auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGTERM, SIGINT);
  auto [failed, number] = co_await signals.async_wait(kTuple);
  co_return failed ? 0 : number;
}

}  // namespace net_io
