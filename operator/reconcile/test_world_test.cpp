#include "operator/reconcile/test_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/base64.hpp"
#include "crypto/test_certificates.hpp"
#include "json/patch.hpp"
#include "operator/api/testing.hpp"

namespace reconcile::testing {
namespace {

using desired::Cluster;
using kube::testing::FaultyApi;
namespace kinds = kube::kinds;

const base::TimePoint kStart = *base::parse_rfc3339("2026-01-01T00:00:00Z");

struct Authority {
  base::Secret key;
  std::string pem;
};

/// Of the target: it signs serving and client certificates.
const Authority& authority() {
  static const Authority made = [] {
    crypto::SystemKeySource keys;
    Authority one{.key = keys.make_key_pem(), .pem = {}};
    one.pem =
        *crypto::make_ca("target", one.key.reveal(),
                         {kStart - std::chrono::hours(1), kStart + std::chrono::hours(99'999)},
                         keys.make_serial_hex());
    return one;
  }();
  return made;
}

std::string kubeconfig(std::string_view server) {
  const std::string ca = base::base64_encode(authority().pem);
  return R"({"apiVersion": "v1", "kind": "Config", "current-context": "x",
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": ")" +
         std::string(server) + R"(", "certificate-authority-data": ")" + ca + R"("}}],
    "users": [{"name": "u", "user": {"token": "not-a-real-token"}}]})";
}

void must(const base::Result<json::Value>& answer) { EXPECT_TRUE(answer) << answer.error().what; }

/// A cluster, asked with another credential than the operator's.
class FakeIdentity final : public kube::Api {
 public:
  FakeIdentity(kube::Api& api, kube::testing::InMemoryApi& cluster, std::string prefix,
               kube::ClientConfig credential)
      : api_(api),
        cluster_(cluster),
        prefix_(std::move(prefix)),
        credential_(std::move(credential)) {}

  net_io::Task<base::Result<json::Value>> call(kube::Request request) override {
    const auto who = user();
    if (who.empty())
      co_return base::fail({.kind = base::Error::Kind::unauthenticated, .what = "not known"});
    const auto* post = std::get_if<kube::Post>(&request);
    const bool asks_who = post && post->ref.resource == kinds::kSelfSubjectReview;
    auto answer = co_await api_.call(std::move(request));
    if (answer && asks_who)
      (*answer)["status"]["userInfo"] =
          json::Value::object({{"username", who}, {"groups", groups()}});
    co_return answer;
  }
  net_io::Task<base::Result<std::unique_ptr<kube::WatchStream>>> watch(kube::Watch) override {
    co_return base::fail(base::invalid("nobody watches so"));
  }

 private:
  /// "" where the cluster does not know the credential.
  std::string user() const {
    if (!credential_.certificate_pem.empty()) {
      const auto info = crypto::read_certificate(credential_.certificate_pem);
      const auto expected = crypto::read_certificate(authority().pem);
      return info && info->issuer == expected->subject ? info->common_name : std::string();
    }
    const auto facts = kube::read_token_facts(credential_.token.reveal());
    if (!facts) return {};
    const bool is_foreign = facts->audiences == std::vector<std::string>{"target"};
    if (is_foreign) return prefix_.empty() ? "" : prefix_ + facts->subject;
    if (facts->bound_uid.empty()) return facts->subject;
    for (const auto& secret : cluster_.peek_all(kinds::kSecret))
      if (secret.uid().value == facts->bound_uid) return facts->subject;
    return {};
  }
  json::Value groups() const {
    json::Array groups{"system:authenticated"};
    if (const auto info = crypto::read_certificate(credential_.certificate_pem))
      for (const auto& group : info->organizations) groups.emplace_back(group);
    return groups;
  }

  kube::Api& api_;
  kube::testing::InMemoryApi& cluster_;
  std::string prefix_;
  kube::ClientConfig credential_;
};

/// The target, or the runtime cluster in its role.
class FakeConnection final : public Connection {
 public:
  FakeConnection(kube::Api& api, kube::testing::InMemoryApi& cluster, World& world)
      : api_(api), cluster_(cluster), world_(world) {}
  kube::Api& api() override { return api_; }
  base::Result<> use(kube::ClientConfig config) override {
    world_.last_access_token = config.token.reveal();
    return {};
  }
  base::Result<std::unique_ptr<kube::Api>> as(kube::ClientConfig credential) override {
    return std::make_unique<FakeIdentity>(api_, cluster_, world_.trusted_prefix,
                                          std::move(credential));
  }
  std::optional<std::chrono::milliseconds> clock_skew() const override {
    return world_.target_skew;
  }
  kube::Task<base::Result<std::vector<kube::Resource>>> namespaced_kinds() override {
    co_return std::vector<kube::Resource>{kinds::kServiceAccount, kinds::kSecret,
                                          kinds::kConfigMap,      kinds::kRole,
                                          kinds::kRoleBinding,    kinds::kLease};
  }

 private:
  kube::Api& api_;
  kube::testing::InMemoryApi& cluster_;
  World& world_;
};

}  // namespace

/// What operator/app wires.
class World::Operator final : public Connector {
 public:
  explicit Operator(World& world)
      : world_(world),
        random_(1),
        log_(base::Log::to_string(world.log_, base::Log::Level::info)),
        runtime_("runtime", world.runtime_api_, parts()),
        targets_(runtime_, *this, parts(), {.server = "https://runtime.example"},
                 [](const std::string&) {}),
        resources_(world.runtime_api_, {.resource = kinds::kAdmissionDeployment}, log_, random_),
        events_(world.runtime_api_, "portcullis-operator", "test", world.clock),
        reconciler_({runtime_, targets_, resources_.store(), world.namespaces, world.clock, keys_,
                     events_, log_, world_uid_, std::chrono::minutes(1), "",
                     [&world] { return world.runtime_skew; }}),
        tasks_(world.loop_.get_executor(), [](const char* what) { FAIL() << what; }) {
    for (const auto& space : world.namespaces)
      for (const auto& what : runtime_caches(space)) runtime_.watch(what);
    tasks_.spawn(resources_.run());
  }

  net_io::Task<> close() {
    tasks_.stop();
    tasks_.abort();
    co_await tasks_.finished(std::chrono::seconds(5));
    co_await targets_.close();
    co_await runtime_.close();
  }

  base::Result<std::unique_ptr<Connection>> connect(const std::string&,
                                                    kube::ClientConfig config) override {
    world_.last_access_token = config.token.reveal();
    return std::make_unique<FakeConnection>(world_.target_api_, world_.target, world_);
  }
  std::unique_ptr<Connection> runtime() override {
    return std::make_unique<FakeConnection>(world_.runtime_api_, world_.runtime, world_);
  }

  Reconciler& reconciler() { return reconciler_; }

 private:
  ClusterView::Parts parts() {
    return {.executor = world_.loop_.get_executor(),
            .clock = world_.clock,
            .random = random_,
            .log = log_,
            .on_change = {},
            .on_health = {},
            .on_reflector = {},
            .backoff = {.first = base::Millis(1), .most = base::Millis(5)}};
  }

  World& world_;
  const std::string world_uid_ = kClusterUid;
  base::Random random_;
  base::Log log_;
  crypto::SystemKeySource keys_;
  ClusterView runtime_;
  Targets targets_;
  kube::watch::Reflector resources_;
  kube::EventRecorder events_;
  Reconciler reconciler_;
  net_io::TaskGroup tasks_;
};

World::World()
    : clock(kStart),
      runtime(clock, 1),
      target(clock, 2),
      runtime_api_(runtime, [this](const kube::Request& request,
                                   std::uint64_t) { return on_call(Cluster::runtime, request); }),
      target_api_(target, [this](const kube::Request& request, std::uint64_t) {
        return on_call(Cluster::target, request);
      }) {
  must(
      runtime.perform(kube::Create{.object = kube::Object::make(kinds::kNamespace, "", "garden")}));
  operator_ = std::make_unique<Operator>(*this);
  pump();
}

World::~World() {
  net_io::start(loop_.get_executor(), operator_->close(), [](const std::exception_ptr&) {});
  pump();
}

FaultyApi::Verdict World::on_call(Cluster cluster, const kube::Request& request) {
  ++requests;
  const bool is_write = kube::is_mutating(request);
  if (is_write) {
    ++writes;
    log_of_writes.push_back(std::string(to_string(cluster)) + ": " + kube::describe(request));
  }
  return fault ? fault({cluster, request, is_write ? writes : 0}) : FaultyApi::Verdict{};
}

void World::write_access_secret(std::string_view server) {
  auto secret = kube::Object::make(kinds::kSecret, "garden", "virtual-garden");
  secret["data"]["kubeconfig"] = base::base64_encode(kubeconfig(server));
  do_as("user", Cluster::runtime, std::move(secret), true);
}

void World::turn_to(const std::string& namespace_name, const std::string& name) {
  resource_.namespace_name = namespace_name;
  resource_.name = name;
}

void World::create(std::string_view patch) {
  write_access_secret();
  auto object = api::testing::example_object(patch);
  for (const auto* key : {"uid", "resourceVersion", "generation", "creationTimestamp"})
    object["metadata"].as_object()->erase(key);
  must(runtime.perform(kube::Create{.object = std::move(object), .field_manager = "user"}));
}

void World::create_local(std::string_view patch) {
  auto object = api::testing::local_example(patch).object;
  for (const auto* key : {"uid", "resourceVersion", "generation", "creationTimestamp"})
    object["metadata"].as_object()->erase(key);
  must(runtime.perform(kube::Create{.object = std::move(object), .field_manager = "user"}));
}

void World::edit(std::string_view patch) {
  must(runtime.perform(
      kube::Patch{.ref = resource_, .body = api::testing::parsed(patch), .field_manager = "user"}));
}

void World::remove() { must(runtime.perform(kube::Delete{.ref = resource_})); }

void World::pump() {
  do loop_.restart();
  while (loop_.poll() > 0);
}

base::Result<kube::Done> World::reconcile() {
  pump();
  std::optional<base::Result<kube::Done>> result;
  auto task = [](Reconciler& reconciler, std::string key,
                 std::optional<base::Result<kube::Done>>& out) -> net_io::Task<> {
    auto done = co_await reconciler.reconcile(std::move(key));
    out.emplace(std::move(done));
  };
  net_io::start(
      loop_.get_executor(),
      task(operator_->reconciler(), resource_.namespace_name + "/" + resource_.name, result),
      [](const std::exception_ptr& thrown) {
        if (thrown) std::rethrow_exception(thrown);
      });
  const auto deadline = kube::Deadline::in(std::chrono::seconds(20));
  while (!result && !deadline.is_over()) {
    loop_.restart();
    if (loop_.poll() == 0) loop_.run_one_for(std::chrono::milliseconds(20));
  }
  if (!result) throw std::logic_error("a reconcile does not end");
  pump();
  play_controllers();
  pump();
  return *std::move(result);
}

bool World::settle(int rounds) {
  using namespace std::chrono_literals;
  for (int round = 0; round < rounds; ++round) {
    const int before = writes;
    const auto done = reconcile();
    if (!resource()) return true;
    const auto wait = done ? done->again_after.value_or(1h) : std::chrono::milliseconds(1s);
    if (done && writes == before && wait > 10s) return true;
    clock.advance(wait);
  }
  return false;
}

void World::run_for(std::chrono::milliseconds time) {
  using namespace std::chrono_literals;
  const auto end = clock.now() + time;
  std::chrono::milliseconds stride = 0ms;
  while (clock.now() < end) {
    const int before = writes;
    const auto done = reconcile();
    const auto asked = done ? done->again_after.value_or(1h) : std::chrono::milliseconds(1s);
    stride = writes == before ? std::min<std::chrono::milliseconds>(2 * stride, 30min) : 0ms;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock.now());
    stride = std::max(asked, std::min(stride, left));
    clock.advance(stride);
  }
}

void World::restart() {
  net_io::start(loop_.get_executor(), operator_->close(), [](const std::exception_ptr&) {});
  pump();
  operator_ = std::make_unique<Operator>(*this);
  pump();
}

// --- what belongs to a cluster ----------------------------------------------------------------

void World::play_controllers() {
  for (const auto& set : runtime.peek_all(kinds::kReplicaSet)) play_replica_set(set);
  collect_pods();
  collect_namespaces(runtime);
  collect_namespaces(target);
  sign_requests();
}

/// As the controller manager's signer does: a certificate for what is approved, five minutes back.
void World::sign_requests() {
  for (auto request : target.peek_all(kinds::kCertificateSigningRequest)) {
    const auto& conditions = request.at("status").at("conditions").items();
    const auto is_approved = [](const json::Value& one) {
      return one.at("type").string_or("") == "Approved";
    };
    if (!request.at("status").at("certificate").is_null() || !signs_requests ||
        std::ranges::none_of(conditions, is_approved))
      continue;
    const auto& spec = request.at("spec");
    const std::chrono::seconds lifetime(spec.at("expirationSeconds").int_or(86'400));
    const auto pem = base::base64_decode(spec.at("request").string_or("")).value_or("");
    request["status"]["certificate"] = base::base64_encode(
        crypto::sign_request(pem, authority().pem, authority().key.reveal(),
                             {clock.now() - std::chrono::minutes(5), clock.now() + lifetime}));
    must(target.perform(kube::Update{
        .object = std::move(request), .field_manager = "kcm", .subresource = "status"}));
  }
}

base::Secret World::client_key() {
  crypto::SystemKeySource keys;
  return keys.make_key_pem();
}

std::string World::client_certificate(const std::string& user, std::string_view key,
                                      std::chrono::milliseconds lifetime) const {
  return crypto::sign_request(*crypto::make_csr(user, {}, key), authority().pem,
                              authority().key.reveal(),
                              {clock.now() - std::chrono::minutes(5), clock.now() + lifetime});
}
std::string World::target_ca() { return authority().pem; }

void World::play_replica_set(const kube::Object& set) {
  const auto wanted = set.at("spec").at("replicas").int_or(1);
  for (std::int64_t i = 0; i < wanted; ++i) {
    auto pod =
        kube::Object::make(kinds::kPod, set.namespace_name(), set.name() + "-" + std::to_string(i));
    if (runtime.peek(pod.ref())) continue;
    pod["metadata"]["labels"] = set.at("spec").at("template").at("metadata").at("labels");
    pod["spec"] = set.at("spec").at("template").at("spec");
    must(runtime.perform(kube::Create{.object = std::move(pod), .field_manager = "kcm"}));
  }
  auto next = set;
  next["status"]["replicas"] = wanted;
  if (pods_become_ready) next["status"]["readyReplicas"] = wanted;
  if (wanted == 0) next["status"].as_object()->erase("readyReplicas");
  if (next == set) return;
  must(runtime.perform(
      kube::Update{.object = std::move(next), .field_manager = "kcm", .subresource = "status"}));
}

void World::collect_pods() {
  for (const auto& pod : runtime.peek_all(kinds::kPod)) {
    const auto dash = pod.name().rfind('-');
    const auto set =
        runtime.peek({kinds::kReplicaSet, pod.namespace_name(), pod.name().substr(0, dash)});
    const auto number = std::stoll(pod.name().substr(dash + 1));
    if (!set || number >= set->at("spec").at("replicas").int_or(0))
      must(runtime.perform(kube::Delete{.ref = pod.ref()}));
  }
}

void World::collect_namespaces(kube::testing::InMemoryApi& cluster) {
  for (const auto& space : cluster.peek_all(kinds::kNamespace)) {
    if (!space.is_being_deleted()) continue;
    bool empty = true;
    for (const auto& kind : {kinds::kSecret, kinds::kServiceAccount, kinds::kRole,
                             kinds::kRoleBinding, kinds::kConfigMap, kinds::kAdmissionDeployment})
      for (const auto& object : cluster.peek_all(kind)) {
        if (object.namespace_name() != space.name()) continue;
        empty = false;
        must(cluster.perform(kube::Delete{.ref = object.ref()}));
      }
    if (empty) cluster.forget(space.ref());
  }
}

// --- looking ------------------------------------------------------------------------------------

kube::testing::InMemoryApi& World::at(Cluster cluster) {
  return cluster == Cluster::runtime ? runtime : target;
}

std::optional<kube::Object> World::find(Cluster cluster, const kube::Resource& kind,
                                        const std::string& space, const std::string& name) const {
  return (cluster == Cluster::runtime ? runtime : target).peek({kind, space, name});
}

std::optional<kube::Object> World::resource() const { return runtime.peek(resource_); }

json::Value World::condition(const std::string& type) const {
  const auto object = resource();
  if (object)
    for (const auto& one : object->at("status").at("conditions").items())
      if (one.at("type").string_or("") == type) return one;
  return nullptr;
}

std::string World::reason(const std::string& type) const {
  return std::string(condition(type).at("reason").string_or(""));
}
std::string World::message(const std::string& type) const {
  return std::string(condition(type).at("message").string_or(""));
}
bool World::is_ready() const { return condition("Ready").at("status").string_or("") == "True"; }

std::vector<std::pair<Cluster, kube::ObjectRef>> World::owned() const {
  std::vector<std::pair<Cluster, kube::ObjectRef>> all;
  const auto add = [&](Cluster cluster, const kube::testing::InMemoryApi& api) {
    for (const auto& kind :
         {kinds::kNamespace, kinds::kSecret, kinds::kServiceAccount, kinds::kService, kinds::kRole,
          kinds::kRoleBinding, kinds::kClusterRole, kinds::kClusterRoleBinding, kinds::kReplicaSet,
          kinds::kControllerRevision, kinds::kPodDisruptionBudget,
          kinds::kValidatingWebhookConfiguration, kinds::kMutatingWebhookConfiguration,
          kinds::kCertificateSigningRequest})
      for (const auto& object : api.peek_all(kind))
        if (object.label(desired::kNameLabel)) all.emplace_back(cluster, object.ref());
  };
  add(Cluster::runtime, runtime);
  add(Cluster::target, target);
  return all;
}

std::vector<std::string> World::owned_objects() const {
  std::vector<std::string> all;
  for (const auto& [cluster, ref] : owned())
    all.push_back(std::string(to_string(cluster)) + " " + kube::to_string(ref));
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> World::anchors() const {
  std::vector<std::string> names;
  for (const auto& secret : target.peek_all(kinds::kSecret))
    if (secret.label(desired::kPurposeLabel) == "generation") names.push_back(secret.name());
  return names;
}

void World::do_as(const std::string& manager, Cluster cluster, kube::Object object, bool replace) {
  if (replace && at(cluster).peek(object.ref()))
    return must(
        at(cluster).perform(kube::Update{.object = std::move(object), .field_manager = manager}));
  must(at(cluster).perform(kube::Create{.object = std::move(object), .field_manager = manager}));
}

void World::erase(Cluster cluster, const kube::ObjectRef& ref) {
  must(at(cluster).perform(kube::Delete{.ref = ref}));
}

}  // namespace reconcile::testing
