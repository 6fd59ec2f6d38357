#include "kube/runtime/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "kube/runtime/metrics_text.hpp"

namespace kube {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ClusterName kTarget{"target", "a"};

TEST(RuntimeMetrics, AreServedUnderTheirDocumentedNames) {
  auto registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics(registry);
  metrics.request(kTarget, "get", "secrets", 200, 0.02);
  metrics.request(kTarget, "get", "secrets", 200, 3);
  metrics.request({"runtime"}, "patch", "deployments.apps", 0, 15);
  metrics.reconcile("admissiondeployment", "success", 0.2);
  metrics.queue("admissiondeployment", 3, 7, 1.5);
  metrics.queue_take("admissiondeployment", 0.02);
  metrics.queue_add("admissiondeployment");
  metrics.queue_retry("admissiondeployment");
  metrics.event_failed();
  metrics.reflector_synced(kTarget, "garden", "secrets", true);
  metrics.reflector_event(kTarget, "secrets", "ADDED");
  metrics.leader(true);
  metrics.lease_write(true, 0.01);
  metrics.lease_write(false, 5);
  metrics.lease_transition();

  const std::string text = metrics_text(*registry);
  for (const char* line : {
           "# TYPE portcullis_kube_requests_total counter\n",
           "portcullis_kube_requests_total{cluster=\"target\",code=\"200\",name=\"a\",resource="
           "\"secrets\","
           "verb=\"get\"} 2\n",
           "portcullis_kube_requests_total{cluster=\"runtime\",code=\"0\",name=\"\",resource="
           "\"deployments."
           "apps\",verb=\"patch\"} 1\n",
           "portcullis_kube_request_duration_seconds_bucket{cluster=\"target\",name=\"a\",verb="
           "\"get\",le="
           "\"0.025\"} 1\n",
           "portcullis_kube_request_duration_seconds_count{cluster=\"target\",name=\"a\",verb="
           "\"get\"} 2\n",
           "portcullis_reconcile_total{controller=\"admissiondeployment\",result=\"success\"} 1\n",
           "portcullis_reconcile_duration_seconds_count{controller=\"admissiondeployment\"} 1\n",
           "portcullis_workqueue_depth{controller=\"admissiondeployment\"} 3\n",
           "portcullis_workqueue_adds_total{controller=\"admissiondeployment\"} 1\n",
           "portcullis_workqueue_retries_total{controller=\"admissiondeployment\"} 1\n",
           "portcullis_events_failed_total 1\n",
           "portcullis_reflector_synced{cluster=\"target\",name=\"a\",resource=\"secrets\",watched_"
           "namespace=\"garden\"} 1\n",
           "portcullis_reflector_events_total{cluster=\"target\",name=\"a\",resource=\"secrets\","
           "type="
           "\"ADDED\"} 1\n",
           "portcullis_workqueue_scheduled{controller=\"admissiondeployment\"} 7\n",
           "portcullis_workqueue_longest_running_seconds{controller=\"admissiondeployment\"} 1.5\n",
           "portcullis_workqueue_queue_duration_seconds_count{controller=\"admissiondeployment\"} "
           "1\n",
           "portcullis_leader 1\n",
           "portcullis_lease_writes_total{result=\"taken\"} 1\n",
           "portcullis_lease_writes_total{result=\"failed\"} 1\n",
           "portcullis_lease_write_duration_seconds_count 2\n",
           "portcullis_lease_transitions_total 1\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(RuntimeMetrics, CachesOfNamespacesAndClustersAreToldApartAndLeave) {
  auto registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics(registry);
  metrics.reflector_synced(kTarget, "one", "pods", true);
  metrics.reflector_synced(kTarget, "two", "pods", false);
  metrics.reflector_synced({"target", "b"}, "one", "pods", false);
  std::string text = metrics_text(*registry);
  const auto of = [](const char* name, const char* in) {
    return std::string("portcullis_reflector_synced{cluster=\"target\",name=\"") + name +
           "\",resource=\"pods\",watched_namespace=\"" + in + "\"} ";
  };
  EXPECT_THAT(text, HasSubstr(of("a", "one") + "1\n"));
  EXPECT_THAT(text, HasSubstr(of("a", "two") + "0\n"));
  EXPECT_THAT(text, HasSubstr(of("b", "one") + "0\n"));
  metrics.reflector_gone(kTarget, "one", "pods");
  text = metrics_text(*registry);
  EXPECT_THAT(text, Not(HasSubstr(of("a", "one"))));
  EXPECT_THAT(text, HasSubstr(of("a", "two")));
}

TEST(RuntimeMetrics, LeaderIsZeroFromTheStart) {
  auto registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics(registry);
  EXPECT_THAT(metrics_text(*registry), HasSubstr("portcullis_leader 0\n"));
  metrics.leader(true);
  metrics.leader(false);
  EXPECT_THAT(metrics_text(*registry), HasSubstr("portcullis_leader 0\n"));
}

TEST(RuntimeMetrics, LabelsAreEscaped) {
  auto registry = std::make_shared<prometheus::Registry>();
  RuntimeMetrics metrics(registry);
  metrics.queue_add("a\"b\nc");
  const std::string text = metrics_text(*registry);
  EXPECT_THAT(text, HasSubstr("a\\\"b\\nc"));
  EXPECT_THAT(text, Not(HasSubstr("a\"b")));
}

}  // namespace
}  // namespace kube
