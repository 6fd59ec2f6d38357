#pragma once

#include <memory>
#include <optional>

#include "kube/api.hpp"
#include "kube/watch/line_decoder.hpp"
#include "net/http_client.hpp"

namespace kube {

/// A watch's HTTP stream as events. After an error it is of no use.
class LineWatchStream final : public WatchStream {
 public:
  LineWatchStream(Resource resource, std::unique_ptr<net_io::HttpStream> stream)
      : resource_(std::move(resource)), stream_(std::move(stream)) {}
  Task<base::Result<std::optional<WatchEvent>>> next(Deadline deadline) override;

 private:
  base::Result<std::optional<WatchEvent>> read(std::string_view line) const;
  void take(base::Result<std::string> bytes);

  Resource resource_;
  std::unique_ptr<net_io::HttpStream> stream_;
  watch::LineDecoder decoder_;
  std::optional<base::Result<>> end_;  ///< what comes after the lines that are still here
};

}  // namespace kube
