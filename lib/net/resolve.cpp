#include "net/resolve.hpp"

namespace net_io {
namespace {

using boost::asio::ip::tcp;
using Addresses = std::vector<tcp::endpoint>;

struct Lookup {
  explicit Lookup(const Executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Event done;
  base::Result<Addresses> found;
};

void begin(const std::shared_ptr<Lookup>& lookup, const std::string& host,
           const std::string& port) {
  auto take = [lookup](const boost::system::error_code& failed, const auto& results) {
    if (failed) {
      lookup->found = base::fail(base::transient("DNS: " + failed.message()));
    } else {
      for (const auto& result : results) lookup->found->push_back(result.endpoint());
    }
    lookup->done.set();
  };
  lookup->resolver.async_resolve(host, port, tcp::resolver::numeric_service, std::move(take));
}

}  // namespace

Task<base::Result<Addresses>> resolve(std::string host, std::string port, Deadline deadline) {
  boost::system::error_code no_literal;
  auto literal = boost::asio::ip::make_address(host, no_literal);
  if (!no_literal) {
    auto number = static_cast<std::uint16_t>(std::stoi(port));
    co_return Addresses{tcp::endpoint(literal, number)};
  }
  auto executor = co_await boost::asio::this_coro::executor;
  auto lookup = std::make_shared<Lookup>(executor);
  begin(lookup, host, port);
  if (co_await lookup->done.wait(deadline.left())) co_return std::move(lookup->found);
  if (co_await cancelled()) co_return base::fail(base::cancelled("cancelled"));
  co_return base::fail(base::transient("DNS: timed out"));
}

}  // namespace net_io
