#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "json/value.hpp"
#include "kube/object/object.hpp"
#include "operator/plan/plan.hpp"

namespace plan {

/// Builds status.conditions: metav1.Condition, transition times kept from the object where the
/// status did not change, messages cut at what the schema allows.
class Conditions {
 public:
  Conditions(const kube::Object& object, base::TimePoint now);

  void set(const std::string& type, bool value, const std::string& reason,
           const std::string& message);
  /// As it was in the object; Unknown with this reason where it was not.
  void keep(const std::string& type, const std::string& reason, const std::string& message);
  /// As it was in the object; nullptr where it was not.
  const json::Value* before(const std::string& type) const;
  /// What was set; nullptr where it was not.
  const json::Value* find(const std::string& type) const;
  /// The first condition that is not True and stands for something that should be.
  const json::Value* first_false() const;
  /// Ready=False for the reason of `blocking`, Reconciling unless Stalled.
  void not_ready(const json::Value& blocking, const std::optional<Wait>& wait,
                 const std::string& failure);
  void not_ready_because(const std::string& reason, const std::string& message);

  json::Value list() const { return list_; }

 private:
  void put(const std::string& type, const std::string& status, const std::string& reason,
           const std::string& message);
  const kube::Object& object_;
  base::TimePoint now_;
  json::Array list_;
};

}  // namespace plan
