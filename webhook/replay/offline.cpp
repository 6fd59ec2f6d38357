#include "webhook/replay/offline.hpp"

#include <algorithm>
#include <array>

#include "json/parse.hpp"
#include "json/patch.hpp"
#include "webhook/alicloud/admission.hpp"

namespace replay {

namespace {

using alicloud::Question;
using protocol::Verdict;

constexpr std::array<std::string_view, 3> kInOrder{"/webhooks/mutate", "/webhooks/validate",
                                                   "/webhooks/validate/secrets"};

json::Value kind_of(const json::Value& object) {
  const auto api_version = object.at("apiVersion").string_or("");
  const auto slash = api_version.find('/');
  const bool has_group = slash != std::string_view::npos;
  return json::Value::object(
      {{"group", has_group ? api_version.substr(0, slash) : std::string_view()},
       {"version", has_group ? api_version.substr(slash + 1) : api_version},
       {"kind", object.at("kind")}});
}

bool is_same(const json::Value& a, const json::Value& b) {
  return kind_of(a) == kind_of(b) && a.at("metadata").at("name") == b.at("metadata").at("name") &&
         a.at("metadata").at("namespace") == b.at("metadata").at("namespace");
}

/// Null: it is new.
json::Value find_old(const json::Value& object, const KnownWorld& world) {
  const auto found = std::ranges::find_if(
      world.cluster, [&](const auto& other) { return is_same(object, other); });
  return found == world.cluster.end() ? json::Value() : *found;
}

base::Result<protocol::Review> make_review(const json::Value& object, const json::Value& old) {
  json::Object request{{"uid", "offline"},
                       {"kind", kind_of(object)},
                       {"name", object.at("metadata").at("name")},
                       {"namespace", object.at("metadata").at("namespace")},
                       {"operation", old.is_null() ? "CREATE" : "UPDATE"},
                       {"object", object},
                       {"oldObject", old}};
  return protocol::decode(json::to_string(json::Value::object({{"request", std::move(request)}})));
}

/// One judgement, with notes about what had to be left open.
class Judgement {
 public:
  Judgement(const KnownWorld& world, Opinion& opinion) : world_(world), opinion_(opinion) {}

  /// nullopt: it hangs on something that is not known.
  std::optional<Verdict> run(std::string_view path, const protocol::Review& review) {
    const auto judgement = alicloud::begin(path, review);
    for (int round = 0; round < kMostRounds; ++round) {
      if (auto verdict = judgement->next(facts_)) return verdict;
      for (const auto& question : facts_.take_wanted()) {
        if (!std::visit([this](const auto& one) { return answer(one); }, question))
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  /// False: it is not known whether there is such an object.
  bool answer(const alicloud::ObjectQuestion& question) {
    World(world_.known).answer(facts_, question);
    const auto* found = facts_.ask(question);
    if (*found || world_.has_cluster) return true;
    if (!found->error().is(base::Error::Kind::not_found)) return true;
    std::string what("needs ");
    what.append(to_string(question.kind)).append(" ");
    if (!question.namespace_name.empty()) what.append(question.namespace_name).append("/");
    note(what.append(question.name).append(" of the cluster"));
    return false;
  }

  /// Goes on as if the image were the system's: validation does not depend on it.
  bool answer(const alicloud::ImageQuestion& question) {
    if (knows("cloudImages", question.image_id)) {
      World(world_.known).answer(facts_, question);
      return true;
    }
    note("needs the cloud: whether image " + question.image_id + " in " + question.region +
         " is the customer's own, and its volumes encrypted");
    facts_.tell(question, false);
    return true;
  }

  bool answer(const alicloud::VSwitchQuestion& question) {
    if (knows("cloudVSwitches", question.vpc_id)) {
      World(world_.known).answer(facts_, question);
      return true;
    }
    note("needs the cloud: whether new zones overlap with vswitches in VPC " + question.vpc_id);
    facts_.tell(question, std::vector<alicloud::VSwitch>());
    return true;
  }

  bool knows(std::string_view member, const std::string& id) const {
    const auto* all = world_.known.document.at(member).as_object();
    return all != nullptr && all->contains(id);
  }

  void note(std::string what) {
    auto& notes = opinion_.not_checked;
    if (std::ranges::find(notes, what) == notes.end()) notes.push_back(std::move(what));
  }

  const KnownWorld& world_;
  Opinion& opinion_;
  alicloud::Facts facts_;
};

/// Objects of other providers never reach these webhooks.
bool is_of_other_provider(const json::Value& object) {
  const auto& spec = object.at("spec");
  for (const auto* type : {&spec.at("provider").at("type"), &object.at("provider").at("type"),
                           &spec.at("backup").at("provider")}) {
    if (type->string_or("") == "alicloud") return false;
  }
  const auto type = spec.at("provider")
                        .at("type")
                        .string_or(object.at("provider").at("type").string_or("alicloud"));
  return type != "alicloud";
}

/// A Secret concerns us when it is labelled so.
bool is_concerned(const json::Value& object) {
  constexpr std::string_view kLabel = "provider.shoot.gardener.cloud/alicloud";
  if (object.at("kind").string_or("") != "Secret") return !is_of_other_provider(object);
  return object.at("metadata").at("labels").at(kLabel).string_or("") == "true";
}

}  // namespace

base::Result<Opinion> admit(const json::Value& given, const KnownWorld& world) {
  Opinion opinion;
  if (!is_concerned(given)) return opinion;
  auto object = given;
  const auto old = find_old(given, world);
  opinion.is_update = !old.is_null();
  if (opinion.is_update && object.at("status").is_null() && !old.at("status").is_null())
    object["status"] = old.at("status");
  for (const auto path : kInOrder) {
    TRY(const auto review, make_review(object, old));
    if (!alicloud::is_judged(path, review.kind)) continue;
    opinion.path = path;
    opinion.verdict = Judgement(world, opinion).run(path, review);
    if (opinion.verdict && !opinion.verdict->allowed) return opinion;
    if (!opinion.verdict || opinion.verdict->patch.empty()) continue;
    TRY(const auto patch, json::parse(opinion.verdict->patch));
    TRY(object, json::apply_patch(std::move(object), patch));
    opinion.patch = patch.items();
  }
  return opinion;
}

}  // namespace replay
