#include "kube/http/line_watch_stream.hpp"

#include <utility>

#include "kube/watch/event_decoder.hpp"

namespace kube {

Task<base::Result<std::optional<WatchEvent>>> LineWatchStream::next(Deadline deadline) {
  while (true) {
    if (auto line = decoder_.next()) co_return read(*line);
    if (end_) break;
    auto bytes = co_await stream_->read_some(deadline);
    take(std::move(bytes));
  }
  if (*end_) co_return std::nullopt;
  co_return base::fail(base::explain("watch " + resource_.name(), end_->error()));
}

base::Result<std::optional<WatchEvent>> LineWatchStream::read(std::string_view line) const {
  auto event = watch::decode_event(resource_, line);
  if (event) return std::move(*event);
  return base::fail(base::explain("watch " + resource_.name(), std::move(event).error()));
}

void LineWatchStream::take(base::Result<std::string> bytes) {
  if (!bytes) {
    end_ = base::fail(std::move(bytes).error());
  } else if (bytes->empty()) {
    end_ = decoder_.finish();
  } else if (auto fed = decoder_.feed(*bytes); !fed) {
    end_ = std::move(fed);
  }
}

}  // namespace kube
