#include "cli/status.hpp"

#include <utility>
#include <vector>

#include "cli/text.hpp"

namespace cli {
namespace {

using json::Value;

struct Node {
  std::string text;
  std::vector<Node> below;
};

std::string text_at(const Value& value, const char* otherwise = "") {
  return std::string(value.string_or(otherwise));
}

std::string said(const kube::Object& resource, std::string_view type) {
  const auto& found = condition(resource, type);
  if (found.is_null()) return "unknown";
  if (found.at("status").string_or("") == "True") return text_at(found.at("reason"));
  return text_at(found.at("reason")) + ": " + text_at(found.at("message"));
}

void add_time(std::string& text, const char* what, const Value& value, base::TimePoint now) {
  if (const auto then = time_at(value)) text += std::string(", ") + what + " " + when(*then, now);
}

Node target(const kube::Object& resource) {
  const auto& server = resource.at("status").at("targetAccess").at("server");
  const auto where = text_at(server, "?");
  return {"target       " + where + "  " + said(resource, "TargetReachable"), {}};
}

Node credentials(const kube::Object& resource, base::TimePoint now) {
  const auto& held = resource.at("status").at("credentials");
  auto text = "credentials  " + text_at(resource.at("spec").at("credentials").at("type")) + "  " +
              said(resource, "CredentialsReady");
  add_time(text, "issued", held.at("issuedAt"), now);
  add_time(text, "renewal", held.at("renewAt"), now);
  add_time(text, "end", held.at("notAfter"), now);
  return {text, {}};
}

Node serving(const kube::Object& resource, base::TimePoint now) {
  const auto& certificates = resource.at("status").at("serving");
  auto text = "serving      " + said(resource, "ServingReady");
  add_time(text, "certificate ends", certificates.at("leafNotAfter"), now);
  add_time(text, "CA ends", certificates.at("caNotAfter"), now);
  return {text, {}};
}

Node replicas(const kube::Object& resource) {
  const auto& status = resource.at("status");
  auto text = "replicas     " + said(resource, "RolledOut") + ", " +
              std::to_string(status.at("readyReplicas").int_or(0)) + " of " +
              std::to_string(status.at("replicas").int_or(0)) + " ready";
  if (const auto stable = text_at(status.at("rollout").at("stableRevision")); !stable.empty())
    text += ", revision " + stable;
  if (const auto next = text_at(status.at("rollout").at("canaryRevision")); !next.empty())
    text += ", on the way to " + next;
  return {text, {}};
}

Node made_in(const kube::Object& resource, std::string_view cluster, const char* title) {
  Node node{title, {}};
  for (const auto& entry : resource.at("status").at("inventory").items()) {
    if (entry.at("cluster").string_or("") != cluster) continue;
    const auto space = text_at(entry.at("namespace"));
    node.below.push_back({text_at(entry.at("kind")) + " " + (space.empty() ? "" : space + "/") +
                              text_at(entry.at("name")),
                          {}});
  }
  if (node.below.empty()) node.below.push_back({"nothing", {}});
  return node;
}

void draw(const Node& node, const std::string& indent, std::string& out) {
  for (const auto& one : node.below) {
    const bool is_last = &one == &node.below.back();
    out += indent + (is_last ? "└─ " : "├─ ") + one.text + "\n";
    draw(one, indent + (is_last ? "   " : "│  "), out);
  }
}

std::string headline(const kube::Object& resource, base::TimePoint now) {
  const auto& ready = condition(resource, "Ready");
  auto text = key_of(resource) + "  ";
  if (ready.is_null()) return text + "not looked at yet";
  text += ready.at("status").string_or("") == "True" ? "Ready"
                                                     : "not Ready: " + said(resource, "Ready");
  add_time(text, "since", ready.at("lastTransitionTime"), now);
  return text;
}

}  // namespace

std::string describe(const kube::Object& resource, base::TimePoint now) {
  Node root{headline(resource, now), {}};
  if (resource.is_being_deleted()) root.text += ", being deleted";
  if (!resource.at("status").is_null())
    root.below = {target(resource),
                  credentials(resource, now),
                  serving(resource, now),
                  replicas(resource),
                  {"webhooks     " + said(resource, "WebhooksReady"), {}},
                  made_in(resource, "Runtime", "in the runtime cluster"),
                  made_in(resource, "Target", "in the target")};
  std::string out = root.text + "\n";
  draw(root, "", out);
  return printable(out);
}

}  // namespace cli
