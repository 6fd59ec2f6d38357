#include "webhook/alicloud/validator/workers.hpp"

#include <algorithm>
#include <set>

#include "json/parse.hpp"
#include "json/value.hpp"
#include "webhook/alicloud/api/by_name.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kWorkers = "spec.provider.workers";
constexpr std::string_view kNotEmpty = "must not be empty";
constexpr std::size_t kMostDataVolumes = 64;
constexpr std::size_t kLongestName = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
}

bool is_disk_name(std::string_view name) {
  return name.size() >= 2 && is_letter(name.front()) &&
         std::ranges::all_of(name.substr(1), is_name_character);
}

void check_disk_name(std::string_view name, const std::string& path, Errors& errors) {
  if (!is_disk_name(name)) {
    std::string detail("disk name given: ");
    detail.append(name).append(
        R"( does not match the expected pattern (regex used for validation is )");
    errors.add(
        invalid_value(path, quoted(name), detail.append(R"('^[a-zA-Z][a-zA-Z0-9\.\-_:]+$'))")));
  } else if (name.size() > kLongestName) {
    errors.add(too_long(path, kLongestName));
  }
}

template <class AnyVolume>
bool says_type_and_size(const AnyVolume& volume) {
  return volume.type && !volume.size.empty();
}

// Paths are spelled out only where something is wrong: there may be thousands of volumes.

void check_volume(const Worker& worker, std::size_t index, Errors& errors) {
  const auto& volume = worker.volume;
  if (volume && says_type_and_size(*volume)) return;
  const auto path = child(child(kWorkers, index), "volume");
  if (!volume) return errors.add(required(path, "must not be nil"));
  if (!volume->type) errors.add(required(path + ".type", kNotEmpty));
  if (volume->size.empty()) errors.add(required(path + ".size", kNotEmpty));
}

void check_data_volume(const DataVolume& volume, const std::string& path, Errors& errors) {
  check_disk_name(volume.name, path + ".name", errors);
  if (!volume.type) errors.add(required(path + ".type", kNotEmpty));
  if (volume.size.empty()) errors.add(required(path + ".size", kNotEmpty));
}

void check_data_volumes(const Worker& worker, std::size_t index, Errors& errors) {
  const auto& volumes = worker.data_volumes;
  const auto path = [&] { return child(child(kWorkers, index), "dataVolumes"); };
  if (volumes.size() > kMostDataVolumes)
    errors.add(too_many(path(), volumes.size(), kMostDataVolumes));
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const auto& volume = volumes[i];
    const bool is_fine = is_disk_name(volume.name) && volume.name.size() <= kLongestName &&
                         says_type_and_size(volume);
    if (!is_fine) check_data_volume(volume, child(path(), i), errors);
  }
}

class KnownZones {
 public:
  explicit KnownZones(const std::vector<Zone>& zones) : zones_(zones), by_name_(zones) {}
  bool has(std::string_view name) const { return by_name_.find(name) != nullptr; }
  /// What an unknown one is told; spelled out when somebody asks.
  const std::string& complaint() {
    if (!complaint_.empty()) return complaint_;
    std::set<std::string_view> names;
    for (const auto& zone : zones_) names.insert(zone.name);
    complaint_ = "supported values [";
    for (const auto name : names) complaint_.append(name).append(" ");
    if (!names.empty()) complaint_.pop_back();
    return complaint_ += ']';
  }

 private:
  const std::vector<Zone>& zones_;
  ByName<Zone> by_name_;
  std::string complaint_;
};

void check_zones(const Worker& worker, std::size_t index, KnownZones& known, Errors& errors) {
  const auto path = [&] { return child(child(kWorkers, index), "zones"); };
  if (worker.zones.empty()) {
    return errors.add(required(path(), "at least one zone must be configured"));
  }
  for (std::size_t i = 0; i < worker.zones.size() && !errors.is_full(); ++i) {
    if (known.has(worker.zones[i])) continue;
    errors.add(invalid_value(child(path(), i), quoted(worker.zones[i]), known.complaint()));
  }
}

bool is_in_place(const Text& strategy) {
  return strategy == "AutoInPlaceUpdate" || strategy == "ManualInPlaceUpdate";
}

/// With the member names of the Go type, as messages show it.
std::string to_json(const std::vector<DataVolume>& volumes) {
  if (volumes.empty()) return "null";
  json::Array items;
  for (const auto& volume : volumes) {
    items.push_back(json::Value::object(
        {{"Name", volume.name},
         {"Type", volume.type ? json::Value(*volume.type) : json::Value()},
         {"VolumeSize", volume.size},
         {"Encrypted", volume.encrypted ? json::Value(*volume.encrypted) : json::Value()}}));
  }
  return as_go_json(json::to_string(std::move(items)));
}

std::string to_json(const std::vector<std::string_view>& texts) {
  json::Array items;
  for (const auto text : texts) items.emplace_back(text);
  return as_go_json(json::to_string(std::move(items)));
}

void check_update(const Worker& now, const Worker& before, std::size_t index, Errors& errors) {
  const auto path = [&](std::string_view name) { return child(child(kWorkers, index), name); };
  const bool only_appended =
      now.zones.size() >= before.zones.size() &&
      std::equal(before.zones.begin(), before.zones.end(), now.zones.begin());
  if (!only_appended)
    errors.add(invalid_value(path("zones"), to_json(now.zones), "field is immutable"));
  if (!is_in_place(now.update_strategy)) return;
  if (compact(now.provider_config) != compact(before.provider_config)) {
    errors.add(invalid_value(path("providerConfig"), as_go_json(compact(now.provider_config)),
                             "providerConfig is immutable when update strategy is in-place"));
  }
  if (now.data_volumes != before.data_volumes) {
    errors.add(invalid_value(path("dataVolumes"), to_json(now.data_volumes),
                             "dataVolumes is immutable when update strategy is in-place"));
  }
}

}  // namespace

Errors check_workers(const std::vector<Worker>& workers, const std::vector<Zone>& zones) {
  Errors errors;
  KnownZones known(zones);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    check_volume(workers[i], i, errors);
    check_data_volumes(workers[i], i, errors);
    check_zones(workers[i], i, known, errors);
  }
  return errors;
}

Errors check_workers_update(const std::vector<Worker>& now, const std::vector<Worker>& before) {
  Errors errors;
  const ByName<Worker> old(before);
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (const auto* found = old.find(now[i].name)) check_update(now[i], *found, i, errors);
  }
  return errors;
}

}  // namespace alicloud
