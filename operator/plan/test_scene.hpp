#pragma once

// For tests: a snapshot, and what performing a plan makes of it, without any cluster.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "operator/api/testing.hpp"
#include "operator/plan/plan.hpp"
#include "operator/plan/report.hpp"

namespace plan::testing {

class Scene {
 public:
  explicit Scene(api::AdmissionDeployment resource = api::testing::example()) {
    seen.resource = std::move(resource);
    seen.now = *base::parse_rfc3339("2026-01-01T00:00:00Z");
    seen.runtime_cluster_uid = "aaaaabbb-0000-4000-8000-000000000000";
    seen.target = {.server = "https://target.example", .ca_pem = "CA", .tls_server_name = ""};
  }

  Snapshot seen;
  bool pods_become_ready = true;

  Plan plan() const { return make(seen); }

  /// Performs it, lets Pods come up, and writes the status.
  Scene& perform(const Plan& todo) {
    for (const auto& action : todo.actions)
      std::visit([this](const auto& one) { on(one); }, action);
    auto status = plan::status(seen, todo, {});
    seen.resource.object["status"] = std::move(status);
    play_replicas();
    return *this;
  }
  Scene& step() { return perform(plan()); }

  /// Until a plan changes nothing any more; the number of plans.
  int settle(int most = 30) {
    for (int round = 1; round <= most; ++round) {
      const auto todo = plan();
      const auto before = seen.world;
      perform(todo);
      const bool quiet = std::ranges::all_of(todo.actions, [&](const Action& action) {
        const auto* apply = std::get_if<Apply>(&action);
        return apply && before.contains(key_of(apply->item));
      });
      if (quiet && !todo.wait) return round;
      seen.now += std::chrono::seconds(1);
    }
    return -1;
  }

  Scene& edit(std::string_view patch) {
    auto document = json::merge_patch(seen.resource.object.document(), api::testing::parsed(patch));
    seen.resource = api::read({kube::kinds::kAdmissionDeployment, std::move(document)});
    return *this;
  }
  Scene& be_deleted() {
    return edit(R"({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})");
  }
  Scene& lose_target() {
    seen.target_error = base::Error{.kind = base::Error::Kind::transient,
                                    .what = "connection refused",
                                    .reason = "Unreachable"};
    std::erase_if(seen.world, [](const auto& entry) {
      return entry.first.cluster == desired::Cluster::target;
    });
    seen.token.anchors.clear();
    seen.token.service_account_uid.clear();
    seen.target = {};
    return *this;
  }
  bool has(const kube::Resource& kind) const {
    return std::ranges::any_of(seen.world,
                               [&](const auto& entry) { return entry.first.ref.resource == kind; });
  }

 private:
  kube::Uid fresh_uid() { return {"uid-" + std::to_string(++uids_)}; }

  void put(desired::Cluster cluster, kube::Object object) {
    const Key key{cluster, object.ref()};
    const auto before = seen.world.find(key);
    object["metadata"]["uid"] =
        before == seen.world.end() ? fresh_uid().value : before->second.uid().value;
    seen.world.insert_or_assign(key, std::move(object));
  }
  void put_secret(desired::Cluster cluster, const std::string& name) {
    const auto space = cluster == desired::Cluster::target ? seen.resource.target_namespace()
                                                           : seen.resource.namespace_name();
    put(cluster, desired::owned(seen.inputs(), cluster, kube::kinds::kSecret, space, name));
  }

  void on(const Apply& apply) {
    const auto& item = apply.item;
    const auto& kind = item.object.resource();
    put(item.cluster, item.object);
    const auto uid = seen.world.at(key_of(item)).uid().value;
    if (kind == kube::kinds::kServiceAccount && item.cluster == desired::Cluster::target)
      seen.token.service_account_uid = uid;
    if (kind == kube::kinds::kService) seen.cluster_ip = "10.0.0.7";
    if (kind == kube::kinds::kReplicaSet)
      scale(*item.object.label(desired::kRevisionLabel),
            item.object.at("spec").at("replicas").int_or(0));
  }
  void on(const Remove& remove) {
    seen.world.erase(remove.key);
    if (remove.key.ref.resource == kube::kinds::kReplicaSet)
      std::erase_if(seen.revisions, [&](const rollout::Seen& one) {
        return remove.key.ref.name.ends_with(one.revision);
      });
    std::erase_if(seen.token.anchors,
                  [&](const credentials::Anchor& one) { return one.uid == remove.uid; });
  }
  void on(const IssueToken& token) {
    const auto generation = token.issue.generation;
    const auto name = desired::names(seen.inputs()).generation(generation);
    put_secret(desired::Cluster::target, name);
    const Key key{desired::Cluster::target,
                  {kube::kinds::kSecret, seen.resource.target_namespace(), name}};
    const auto uid = seen.world.at(key).uid();
    seen.token.anchors.push_back({.name = name, .generation = generation, .uid = uid});
    put_secret(desired::Cluster::runtime, desired::names(seen.inputs()).credential);
    seen.token.delivered =
        credentials::Delivered{.generation = generation,
                               .inputs = credential_inputs(seen),
                               .anchor_uid = uid.value,
                               .service_account_uid = seen.token.service_account_uid,
                               .issued_at = seen.now,
                               .not_after = seen.now + std::chrono::hours(24),
                               .delivered_at = seen.now,
                               .rotation = asked_rotation(seen),
                               .user = {},
                               .former_user = {},
                               .former_not_after = {}};
  }
  void on(const RetireToken& token) {
    std::erase_if(seen.token.anchors,
                  [&](const credentials::Anchor& one) { return one.uid == token.anchor.uid; });
    std::erase_if(seen.world,
                  [&](const auto& entry) { return entry.second.uid() == token.anchor.uid; });
  }
  void on(const credentials::CertificateStep& step) {
    auto& certificate = seen.certificate;
    if (const auto* key = std::get_if<credentials::MakeKey>(&step)) {
      certificate.pending = credentials::PendingKey{.generation = key->generation,
                                                    .inputs = credential_inputs(seen),
                                                    .rotation = asked_rotation(seen),
                                                    .request_pem = fresh_uid().value,
                                                    .uid = fresh_uid()};
    } else if (std::holds_alternative<credentials::MakeRequest>(step)) {
      certificate.requests.push_back({.name = "request",
                                      .generation = certificate.pending->generation,
                                      .uid = fresh_uid(),
                                      .request_pem = certificate.pending->request_pem});
    } else if (std::holds_alternative<credentials::ApproveRequest>(step)) {
      certificate.requests[0].has_certificate = true;
      certificate.requests[0].not_after = seen.now + std::chrono::hours(24);
    } else if (std::holds_alternative<credentials::DeliverCertificate>(step)) {
      deliver_certificate();
    } else if (std::holds_alternative<credentials::DropRequest>(step)) {
      certificate.requests.clear();
    } else {
      certificate.pending.reset();
    }
  }
  void deliver_certificate() {
    auto& certificate = seen.certificate;
    const auto user = seen.resource.named_user();
    const auto before = certificate.delivered ? certificate.delivered->user : user;
    put_secret(desired::Cluster::runtime, desired::names(seen.inputs()).credential);
    certificate.delivered = credentials::Delivered{.generation = certificate.pending->generation,
                                                   .inputs = certificate.pending->inputs,
                                                   .anchor_uid = {},
                                                   .service_account_uid = {},
                                                   .issued_at = seen.now,
                                                   .not_after = seen.now + std::chrono::hours(24),
                                                   .delivered_at = seen.now,
                                                   .rotation = certificate.pending->rotation,
                                                   .user = user,
                                                   .former_user = before == user ? "" : before,
                                                   .former_not_after = {}};
  }
  void on(const CopyCredential& copy) {
    put_secret(desired::Cluster::runtime, desired::names(seen.inputs()).credential);
    seen.copied.delivered = credentials::Delivered{.generation = copy.copy.generation,
                                                   .inputs = seen.copied.source,
                                                   .anchor_uid = {},
                                                   .service_account_uid = {},
                                                   .issued_at = seen.now,
                                                   .not_after = credentials::kNever,
                                                   .delivered_at = seen.now,
                                                   .rotation = {},
                                                   .user = "somebody",
                                                   .former_user = {},
                                                   .former_not_after = {}};
  }
  void on(const TrustToken& trust) { put(trust.access.cluster, trust.access.object); }
  void on(const MakeServing& serving) {
    const auto all = desired::names(seen.inputs());
    if (serving.with_ca) {
      seen.serving.ca = credentials::starting(seen.now, std::chrono::hours(2160));
      seen.ca_bundle_pem = "BUNDLE" + base::to_rfc3339(seen.now);
      put_secret(desired::Cluster::runtime, all.serving_ca);
    }
    seen.serving.leaf = credentials::starting(seen.now, std::chrono::hours(336));
    put_secret(desired::Cluster::runtime, all.serving);
  }
  void on(const HoldSecret&) {}
  void on(const ReleaseFinalizer&) { released = true; }

  void scale(const std::string& revision, std::int64_t replicas) {
    auto found = std::ranges::find(seen.revisions, revision, &rollout::Seen::revision);
    if (found == seen.revisions.end())
      found = seen.revisions.insert(found, {.revision = revision, .created = seen.now});
    found->replicas = static_cast<int>(replicas);
  }
  void play_replicas() {
    seen.pods = 0;
    for (auto& one : seen.revisions) {
      one.running = one.replicas;
      if (pods_become_ready || one.ready > one.replicas) one.ready = one.replicas;
      seen.pods += static_cast<std::size_t>(one.running);
    }
  }

  int uids_ = 0;

 public:
  bool released = false;
};

inline Scene settled(api::AdmissionDeployment resource = api::testing::example()) {
  Scene scene(std::move(resource));
  EXPECT_NE(scene.settle(), -1);
  return scene;
}

/// describe() of each action.
inline std::vector<std::string> described(const Plan& plan) {
  std::vector<std::string> texts;
  for (const auto& action : plan.actions) texts.push_back(describe(action));
  return texts;
}

inline json::Value condition_of(const json::Value& status, std::string_view type) {
  for (const auto& condition : status.at("conditions").items())
    if (condition.at("type").string_or("") == type) return condition;
  return nullptr;
}

}  // namespace plan::testing
