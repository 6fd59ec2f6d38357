#include "webhook/server/call_metrics.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace webhook {
namespace {

TEST(CallMetrics, CountAndTimeWhatIsAskedElsewhere) {
  prometheus::Registry registry;
  CallMetrics metrics(registry);
  metrics.cluster("get", "secrets", 200, 0.02);
  metrics.cluster("get", "secrets", 0, 3);
  metrics.cloud("DescribeImages", "throttled", 0.3);
  const auto text = prometheus::TextSerializer().Serialize(registry.Collect());
  for (
      const auto* line :
      {R"(portcullis_webhook_cluster_requests_total{code="200",resource="secrets",verb="get"} 1)",
       R"(portcullis_webhook_cluster_requests_total{code="0",resource="secrets",verb="get"} 1)",
       R"(portcullis_webhook_cluster_request_duration_seconds_count{resource="secrets",verb="get"} 2)",
       R"(portcullis_webhook_cluster_request_duration_seconds_bucket{resource="secrets",verb="get",le="0.025"} 1)",
       R"(portcullis_webhook_cloud_requests_total{action="DescribeImages",result="throttled"} 1)",
       R"(portcullis_webhook_cloud_request_duration_seconds_count{action="DescribeImages"} 1)"}) {
    EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace webhook
