#pragma once

#include <optional>
#include <string>
#include <variant>

#include "conformance/names.hpp"
#include "kube/request/request.hpp"

namespace conformance {

/// What the shares of the run are counted by.
enum class Category {
  create,
  apply,
  stale_update,
  patch,
  wrong_delete,
  list,
  watch,
  subresource,
  update,
  remove,
  get
};
const char* to_string(Category category);

struct Step {
  Category category = Category::get;
  std::variant<kube::Request, kube::Watch> call;
};

const kube::Resource& resource_of(const Step& step);
/// The object that a request is about, where it is about one.
std::optional<kube::ObjectRef> ref_of(const Step& step);
/// "patch json", "apply status", ...: the row of the report.
std::string verb_of(const Step& step);
/// With everything that was sent, for the report of a mismatch.
std::string describe(const Step& step);

/// A request made of one side's identifiers, in the other's.
class Translator {
 public:
  explicit Translator(const Names& names) : names_(names) {}
  Step operator()(Step step) const;
  /// The version and the token that one side's list showed are the other's.
  void pair_version(const std::string& from, const std::string& to) {
    versions_.try_emplace(from, to);
  }
  void pair_token(const std::string& from, const std::string& to) { tokens_[from] = to; }

 private:
  void change(kube::Get&) const {}
  void change(kube::List& request) const;
  void change(kube::Create& request) const;
  void change(kube::Update& request) const;
  void change(kube::Apply& request) const;
  void change(kube::Patch& request) const;
  void change(kube::Delete& request) const;
  void change(kube::Post& request) const;
  void change(kube::Watch& watch) const;

  const Names& names_;
  std::map<std::string, std::string> versions_, tokens_;
};

}  // namespace conformance
