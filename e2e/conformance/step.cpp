#include "conformance/step.hpp"

#include <utility>

#include "json/parse.hpp"

namespace conformance {
namespace {

using json::Value;
using Sort = Names::Sort;

std::string with_subresource(const std::string& verb, const std::string& subresource) {
  return subresource.empty() ? verb : verb + " " + subresource;
}

std::string verb_of_request(const kube::Request& request) {
  struct Verb {
    std::string operator()(const kube::Get&) { return "get"; }
    std::string operator()(const kube::List&) { return "list"; }
    std::string operator()(const kube::Create&) { return "create"; }
    std::string operator()(const kube::Update& r) {
      return with_subresource("update", r.subresource);
    }
    std::string operator()(const kube::Apply& r) {
      return with_subresource("apply", r.subresource);
    }
    std::string operator()(const kube::Patch& r) {
      const bool is_merge = r.type == kube::Patch::Type::merge;
      return with_subresource(is_merge ? "merge patch" : "json patch", r.subresource);
    }
    std::string operator()(const kube::Delete&) { return "delete"; }
    std::string operator()(const kube::Post& r) { return with_subresource("post", r.subresource); }
  };
  return std::visit(Verb(), request);
}

std::string content_of(const kube::Request& request) {
  struct Content {
    static std::string flags(bool dry_run, const std::string& manager) {
      return (dry_run ? " dryRun" : "") + (manager.empty() ? std::string() : " as " + manager);
    }
    static std::string text(const Value& value) { return "\n    " + json::to_string(value); }
    std::string operator()(const kube::Get& r) { return r.metadata_only ? " metadata" : ""; }
    std::string operator()(const kube::List& r) {
      return " in '" + r.namespace_name + "' labels '" + r.label_selector + "' fields '" +
             r.field_selector + "' limit " + std::to_string(r.limit) + " continue '" +
             r.continue_token + "'";
    }
    std::string operator()(const kube::Create& r) {
      return flags(r.dry_run, r.field_manager) + text(r.object.document());
    }
    std::string operator()(const kube::Update& r) {
      return flags(r.dry_run, r.field_manager) + text(r.object.document());
    }
    std::string operator()(const kube::Apply& r) {
      return flags(r.dry_run, r.field_manager) + (r.force ? " force" : "") +
             text(r.object.document());
    }
    std::string operator()(const kube::Patch& r) {
      return flags(r.dry_run, r.field_manager) + text(r.body);
    }
    std::string operator()(const kube::Delete& r) {
      return flags(r.dry_run, "") + " " + r.propagation + (r.uid ? " uid " + r.uid->value : "") +
             (r.resource_version ? " version " + r.resource_version->value : "");
    }
    std::string operator()(const kube::Post& r) { return text(r.body); }
  };
  return std::visit(Content(), request);
}

}  // namespace

const char* to_string(Category category) {
  switch (category) {
    case Category::create:
      return "create";
    case Category::apply:
      return "apply";
    case Category::stale_update:
      return "update with a stale version";
    case Category::patch:
      return "merge and JSON patch";
    case Category::wrong_delete:
      return "delete with a wrong UID";
    case Category::list:
      return "paged list";
    case Category::watch:
      return "watch";
    case Category::subresource:
      return "subresources";
    case Category::update:
      return "update";
    case Category::remove:
      return "delete";
    case Category::get:
      return "get";
  }
  return "";
}

const kube::Resource& resource_of(const Step& step) {
  if (const auto* watch = std::get_if<kube::Watch>(&step.call)) return watch->resource;
  struct Kind {
    const kube::Resource& operator()(const kube::Get& r) { return r.ref.resource; }
    const kube::Resource& operator()(const kube::List& r) { return r.resource; }
    const kube::Resource& operator()(const kube::Create& r) { return r.object.resource(); }
    const kube::Resource& operator()(const kube::Update& r) { return r.object.resource(); }
    const kube::Resource& operator()(const kube::Apply& r) { return r.object.resource(); }
    const kube::Resource& operator()(const kube::Patch& r) { return r.ref.resource; }
    const kube::Resource& operator()(const kube::Delete& r) { return r.ref.resource; }
    const kube::Resource& operator()(const kube::Post& r) { return r.ref.resource; }
  };
  return std::visit(Kind(), std::get<kube::Request>(step.call));
}

std::optional<kube::ObjectRef> ref_of(const Step& step) {
  using Ref = std::optional<kube::ObjectRef>;
  struct Subject {
    Ref operator()(const kube::Get& r) { return r.ref; }
    Ref operator()(const kube::List&) { return std::nullopt; }
    Ref operator()(const kube::Create& r) { return r.object.ref(); }
    Ref operator()(const kube::Update& r) { return r.object.ref(); }
    Ref operator()(const kube::Apply& r) { return r.object.ref(); }
    Ref operator()(const kube::Patch& r) { return r.ref; }
    Ref operator()(const kube::Delete& r) { return r.ref; }
    Ref operator()(const kube::Post& r) { return r.ref; }
  };
  const auto* request = std::get_if<kube::Request>(&step.call);
  return request ? std::visit(Subject(), *request) : std::nullopt;
}

std::string verb_of(const Step& step) {
  const auto* request = std::get_if<kube::Request>(&step.call);
  return request ? verb_of_request(*request) : "watch";
}

std::string describe(const Step& step) {
  if (const auto* watch = std::get_if<kube::Watch>(&step.call)) {
    return "watch " + watch->resource.name() + " in '" + watch->namespace_name + "' from '" +
           watch->resource_version + "' labels '" + watch->label_selector + "' fields '" +
           watch->field_selector + "'";
  }
  const auto& request = std::get<kube::Request>(step.call);
  return kube::describe(request) + content_of(request);
}

Step Translator::operator()(Step step) const {
  if (auto* watch = std::get_if<kube::Watch>(&step.call)) {
    change(*watch);
  } else {
    std::visit([this](auto& request) { change(request); }, std::get<kube::Request>(step.call));
  }
  return step;
}

void Translator::change(kube::List& request) const {
  if (auto token = tokens_.find(request.continue_token); token != tokens_.end()) {
    request.continue_token = token->second;
  }
}
void Translator::change(kube::Create& request) const {
  request.object.document() = translated(request.object.document(), names_);
}
void Translator::change(kube::Update& request) const {
  request.object.document() = translated(request.object.document(), names_);
}
void Translator::change(kube::Apply& request) const {
  request.object.document() = translated(request.object.document(), names_);
}
void Translator::change(kube::Patch& request) const {
  request.body = translated(request.body, names_);
}
void Translator::change(kube::Delete& request) const {
  if (request.uid) request.uid->value = names_.theirs(Sort::uid, request.uid->value);
  if (request.resource_version) {
    auto& version = request.resource_version->value;
    version = names_.theirs(Sort::version, version);
  }
}
void Translator::change(kube::Post& request) const {
  request.body = translated(request.body, names_);
}
void Translator::change(kube::Watch& watch) const {
  auto& version = watch.resource_version;
  if (auto listed = versions_.find(version); listed != versions_.end()) {
    version = listed->second;
  } else {
    version = names_.theirs(Sort::version, version);
  }
}

}  // namespace conformance
