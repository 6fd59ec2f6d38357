#include "operator/app/operator.hpp"

#include "kube/runtime/metrics_text.hpp"
#include "operator/app/dispatch.hpp"
#include "operator/app/resource_metrics.hpp"

namespace app {
namespace {

namespace kinds = kube::kinds;
using namespace std::chrono_literals;

/// A reconcile that takes longer than this is stuck: the lease goes to a replica that works.
constexpr auto kStuck = 5min;
/// The caches of a target are lost, and come back, one after another: one look is for all of them.
constexpr auto kSettles = 300ms;

kube::watch::ReflectorOptions resources_options(kube::RuntimeMetrics& metrics) {
  return {.resource = kinds::kAdmissionDeployment,
          .on_event =
              [&metrics](std::string_view type) {
                metrics.reflector_event({"runtime"}, kinds::kAdmissionDeployment.name(), type);
              },
          .trim =
              [](json::Value document) {
                auto* metadata = document["metadata"].as_object();
                if (metadata) metadata->erase("managedFields");
                return document;
              }};
}

[[noreturn]] void die(const base::Log& log, const char* what) {
  log.error("a task threw: this is a bug", {{"what", what}});
  std::terminate();
}

net_io::HttpResponse text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

/// What a reflector's figures are labelled with: the resource and the namespace.
std::pair<std::string, std::string> watched(const kube::watch::Reflector& reflector) {
  return {reflector.options().resource.name(), reflector.options().namespace_name};
}

/// An API server says 404 of a kind that it does not know, and in plain text.
std::string why_unread(const kube::Resource& kind, const kube::watch::ReflectorHealth& health) {
  if (!health.last_error) return kind.name() + " are not read yet";
  constexpr int kNotServed = 404;
  if (health.last_error->code != kNotServed)
    return kind.name() + " cannot be read: " + health.last_error->what;
  return "the resource definition " + kind.name() +
         " is not installed (kubectl apply --server-side -f crds/)";
}

}  // namespace

Operator::Operator(net_io::Loop& loop, Flags flags, RuntimeApis apis, plan::TargetFacts local,
                   std::shared_ptr<prometheus::Registry> registry, kube::RuntimeMetrics& metrics,
                   base::Log log)
    : loop_(loop),
      flags_(std::move(flags)),
      log_(std::move(log)),
      random_(std::random_device{}()),
      registry_(std::move(registry)),
      metrics_(metrics),
      apis_(std::move(apis)),
      api_(*apis_.work),
      election_(*apis_.lease,
                {.lease = {kinds::kLease, flags_.operator_namespace, flags_.lease_name},
                 .identity = flags_.identity},
                clock_, random_, log_.named("election"), &metrics_),
      resources_(api_, resources_options(metrics_), log_.named("resources"), random_),
      runtime_("runtime", api_, view_parts()),
      connector_({loop.get_executor(), clock_, log_.named("target"), metrics_, user_agent(flags_),
                  api_, [this] { return election_.may_write(); }}),
      targets_(runtime_, connector_, target_parts(), std::move(local),
               [this](const std::string& id) {
                 for (const auto& key : users_of(id, resources_.store()))
                   controller_.enqueue(key, kSettles);
               }),
      events_(api_, "portcullis-operator", flags_.identity, clock_,
              [this](const base::Error& error) {
                metrics_.event_failed();
                log_.warn("an Event was not taken", {{"error", error.what}});
              }),
      reconciler_({runtime_, targets_, resources_.store(), flags_.namespaces, clock_, keys_,
                   events_, log_.named("reconcile"), cluster_uid_,
                   base::parse_duration(flags_.min_issue_interval).value_or(1min),
                   flags_.operator_namespace, [this] { return apis_.work->server_clock_skew(); }}),
      controller_(
          "admissiondeployment", loop.get_executor(),
          [this](std::string key) { return reconciler_.reconcile(std::move(key)); }, clock_,
          random_, log_.named("controller"), &metrics_, static_cast<std::size_t>(flags_.workers)),
      server_(
          loop.get_executor(), {.address = flags_.address, .port = flags_.port},
          [this](net_io::ServerRequest request) { return answer(std::move(request)); },
          [this](const char* what) { die(log_, what); }),
      tasks_(loop.get_executor(), [this](const char* what) { die(log_, what); }),
      work_(loop.get_executor(), [this](const char* what) { die(log_, what); }),
      ended_(loop.get_executor()) {
  apis_.work->fence([this] { return election_.may_write(); });
}

reconcile::ClusterView::Parts Operator::view_parts() {
  return {.executor = loop_.get_executor(),
          .clock = clock_,
          .random = random_,
          .log = log_.named("caches"),
          .on_change =
              [this](const kube::Object& object) {
                for (const auto& key : concerned(object, cluster_uid_, resources_.store()))
                  controller_.enqueue(key);
              },
          .on_health = {},
          .on_reflector = [this](const auto&, const auto& seen) { runtime_health(seen); },
          .on_watch_event =
              [this](const auto& cluster, const auto& resource, auto type) {
                metrics_.reflector_event(named(cluster), resource, type);
              },
          .on_forgotten =
              [this](const auto& cluster, const auto& seen) {
                const auto& [resource, space] = watched(seen);
                metrics_.reflector_gone(named(cluster), space, resource);
              }};
}

reconcile::ClusterView::Parts Operator::target_parts() {
  auto parts = view_parts();
  parts.on_reflector = [this](const auto& cluster, const auto& seen) {
    show_reflector(cluster, seen);
  };
  return parts;
}

void Operator::show_reflector(const std::string& cluster, const kube::watch::Reflector& reflector) {
  const auto& [resource, space] = watched(reflector);
  metrics_.reflector_synced(named(cluster), space, resource, reflector.health().synced);
}

void Operator::runtime_health(const kube::watch::Reflector& reflector) {
  show_reflector("runtime", reflector);
  const auto& space = reflector.options().namespace_name;
  if (runtime_.trouble(reconcile::runtime_caches(space))) return;
  for (const auto* object : resources_.store().all())
    if (object->namespace_name() == space) enqueue(*object);
}

void Operator::enqueue(const kube::Object& resource) {
  controller_.enqueue(resource.namespace_name() + "/" + resource.name());
}

void Operator::watch_runtime() {
  for (const auto& space : flags_.namespaces)
    for (const auto& what : reconcile::runtime_caches(space)) runtime_.watch(what);
  resources_.store().on_change([this](const kube::Object* before, const kube::Object* after) {
    enqueue(after ? *after : *before);
  });
  resources_.on_health([this](const auto&) { show_reflector("runtime", resources_); });
  tasks_.spawn(resources_.run());
}

std::string Operator::why_not_ready() const {
  if (cluster_uid_.empty()) return "the runtime cluster cannot be identified: " + why_unknown_;
  if (const auto& health = resources_.health(); !health.synced)
    return "runtime cluster: " + why_unread(resources_.options().resource, health);
  for (const auto& space : flags_.namespaces) {
    const auto trouble = runtime_.trouble(reconcile::runtime_caches(space));
    // Missing rights in one namespace are a condition of its resources, and stop no other.
    if (trouble && !trouble->is(base::Error::Kind::denied))
      return "runtime cluster: " + trouble->what;
  }
  return {};
}

net_io::Task<net_io::HttpResponse> Operator::answer(net_io::ServerRequest request) {
  const auto& target = request.http.target;
  if (target == "/healthz") co_return text(200, "ok\n");
  if (target == "/readyz") {
    const auto reason = why_not_ready();
    co_return reason.empty() ? text(200, "ok\n") : text(503, reason + "\n");
  }
  if (target == "/metrics")
    co_return text(200, kube::metrics_text(*registry_) + resource_metrics(resources_.store()));
  co_return text(404, "not found\n");
}

kube::LeaderElection::Callbacks Operator::election_callbacks() {
  return {.on_acquired =
              [this] {
                leading_ = true;
                metrics_.leader(true);
                work_.spawn(lead());
              },
          .on_lost =
              [this] {
                lost_ = true;
                metrics_.leader(false);
                ended_.set();
              },
          .before_release = [this] { return stop_work(); },
          .is_alive =
              [this] {
                return !leading_ || clock_.since_boot() - controller_.last_progress() < kStuck;
              }};
}

net_io::Task<> Operator::lead() {
  // Plans are made from whole caches only.
  while (!why_not_ready().empty()) {
    log_.warn("waiting for the runtime cluster's caches", {{"why", why_not_ready()}});
    if (!co_await net_io::sleep_for(1s)) co_return;
  }
  for (const auto* object : resources_.store().all()) enqueue(*object);
  log_.info("leading", {{"identity", flags_.identity}});
  co_await controller_.run();
}

net_io::Task<> Operator::stop_work() {
  work_.stop();
  if (!co_await work_.finished(10s)) work_.abort();
  co_await work_.finished(5s);
}

net_io::Task<> Operator::wait_for_end() {
  co_await net_io::wait_for_signal();
  ended_.set();
}

/// kube-system lives as long as the cluster. Asked for until there is an answer; false at the end.
net_io::Task<bool> Operator::identify() {
  for (int failures = 1;; ++failures) {
    kube::ObjectRef ref{kinds::kNamespace, "", "kube-system"};
    auto found = co_await kube::get(api_, std::move(ref));
    if (found) {
      cluster_uid_ = found->uid().value;
      co_return true;
    }
    why_unknown_ = found.error().what;
    log_.warn("the runtime cluster cannot be identified yet", {{"error", why_unknown_}});
    if (!co_await net_io::sleep_for(base::next_delay({}, failures, random_.unit())))
      co_return false;
  }
}

net_io::Task<> Operator::begin() {
  if (!co_await identify()) co_return;
  watch_runtime();
  tasks_.spawn(election_.run(election_callbacks()));
}

net_io::Task<int> Operator::run() {
  if (const auto listening = server_.listen(); !listening) {
    log_.error("cannot listen", {{"error", listening.error().what}});
    co_return 1;
  }
  tasks_.spawn(wait_for_end());
  tasks_.spawn(begin());
  while (!co_await ended_.wait(1h)) {
  }
  log_.info("ending", {{"reason", lost_ ? "the lease was lost" : "asked to"}});
  tasks_.stop();
  co_await stop_work();
  if (!co_await tasks_.finished(15s)) tasks_.abort();
  co_await tasks_.finished(10s);
  co_await targets_.close();
  co_await runtime_.close();
  co_await server_.stop(0s);
  co_return lost_ ? 1 : 0;
}

}  // namespace app
