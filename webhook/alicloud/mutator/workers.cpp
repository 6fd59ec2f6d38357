#include <algorithm>
#include <map>
#include <set>

#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/mutator/image_lookup.hpp"
#include "webhook/alicloud/mutator/shoot.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kWorkers = "/spec/provider/workers";

bool has_image(const Worker& worker) {
  return worker.machine.image && worker.machine.image->version;
}

using ImageKey = std::pair<std::string_view, std::string_view>;
using ImageKeys = std::set<ImageKey>;

ImageKey key_of(const Worker& worker) {
  return {worker.machine.image->name, *worker.machine.image->version};
}

ImageKeys encrypted_images(const std::vector<Worker>& workers) {
  ImageKeys keys;
  for (const auto& worker : workers) {
    if (worker.volume && worker.volume->encrypted.value_or(false) && has_image(worker))
      keys.insert(key_of(worker));
  }
  return keys;
}

/// Of equal names the first.
template <class T>
using ByName = std::map<std::string_view, const T*>;

template <class T>
ByName<T> by_name(const std::vector<T>& list) {
  ByName<T> all;
  for (const auto& one : list) all.emplace(one.name, &one);
  return all;
}

class Workers {
 public:
  Workers(const ShootView& shoot, Facts& facts, Patch& patch)
      : shoot_(shoot),
        lookup_(shoot.typed, facts),
        patch_(patch),
        after_(shoot.typed.spec.provider.workers) {}

  Finding run(const std::optional<ShootView>& old) {
    const auto before = old ? by_name(old->typed.spec.provider.workers) : ByName<Worker>();
    auto finding = look_up_images(before);
    if (!finding.is_fine()) return finding;
    for (std::size_t i = 0; i < after_.size(); ++i) {
      const auto known = before.find(after_[i].name);
      if (known != before.end()) {
        keep_flags(i, *known->second);
      } else {
        set_defaults(i);
      }
    }
    if (old) deploy_infrastructure_for_new_images(*old);
    return finding;
  }

 private:
  std::optional<std::size_t> find_null() const {
    std::optional<std::size_t> found;
    shoot_.object.at("spec")
        .at("provider")
        .at("workers")
        .each_item([&](std::size_t index, json::DomNode node) {
          if (!found && node.is_null()) found = index;
        });
    return found;
  }

  /// All of them, so that all questions are asked at once; the first finding that is not fine.
  Finding look_up_images(const ByName<Worker>& before) {
    auto finding = Finding::fine();
    const auto null = find_null();
    for (std::size_t i = 0; i < after_.size(); ++i) {
      if (i == null) {  // what is wrong with those before it comes first
        const auto path = child("spec.provider.workers", i);
        return finding.is_fine() ? Finding::complaint(required(path, "")) : finding;
      }
      if (before.contains(after_[i].name)) continue;
      if (auto one = look_up_image(i); finding.is_fine()) finding = std::move(one);
    }
    return finding;
  }

  Finding look_up_image(std::size_t index) {
    const auto& worker = after_[index];
    if (!worker.volume || worker.volume->encrypted || !has_image(worker)) return Finding::fine();
    const auto customised = lookup_.is_customised(worker);
    if (!customised) return Finding::unknown();
    if (!*customised) return Finding::complaint(customised->error().what);
    if (**customised) customised_.insert(index);
    return Finding::fine();
  }

  void set_volume(std::size_t index, bool value) {
    after_[index].volume->encrypted = value;
    patch_.add({kWorkers, "/", Digits(index), "/volume/encrypted"}, value);
  }

  /// `old`: of that name, or nullptr.
  void set_data_volume(std::size_t index, std::size_t number, const DataVolume* old) {
    auto& volume = after_[index].data_volumes[number];
    if (volume.encrypted) return;
    volume.encrypted = old != nullptr ? old->encrypted : std::optional(true);
    if (!volume.encrypted) return;
    patch_.add({kWorkers, "/", Digits(index), "/dataVolumes/", Digits(number), "/encrypted"},
               *volume.encrypted);
  }

  void keep_flags(std::size_t index, const Worker& before) {
    const auto& worker = after_[index];
    if (worker.volume && !worker.volume->encrypted && before.volume && before.volume->encrypted) {
      set_volume(index, *before.volume->encrypted);
    }
    const auto old = by_name(before.data_volumes);
    for (std::size_t i = 0; i < worker.data_volumes.size(); ++i) {
      const auto known = old.find(worker.data_volumes[i].name);
      set_data_volume(index, i, known == old.end() ? nullptr : known->second);
    }
  }

  void set_defaults(std::size_t index) {
    for (std::size_t i = 0; i < after_[index].data_volumes.size(); ++i)
      set_data_volume(index, i, nullptr);
    if (customised_.contains(index)) set_volume(index, true);
  }

  void deploy_infrastructure_for_new_images(const ShootView& old) {
    const auto now = encrypted_images(after_);
    const auto before = encrypted_images(old.typed.spec.provider.workers);
    if (!std::ranges::includes(before, now)) add_task("deployInfrastructure");
  }

  void add_task(std::string_view task) {
    constexpr std::string_view kTasks = "shoot.gardener.cloud/tasks";
    const auto metadata = shoot_.object.at("metadata");
    if (!metadata.is_object()) return;  // not from an API server, and nowhere to write to
    const auto annotations = metadata.at("annotations");
    const auto tasks = annotations.at(kTasks);
    std::string list(tasks.string().value_or(""));
    if (contains(list, task)) return;
    if (!list.empty()) list += ',';
    list += task;
    if (annotations.is_null()) {
      return patch_.change("/metadata/annotations", {},
                           json::Value::object({{std::string(kTasks), std::move(list)}}));
    }
    patch_.change(below("/metadata/annotations", kTasks), tasks, std::move(list));
  }

  static bool contains(std::string_view list, std::string_view wanted) {
    for (std::size_t at = 0; at <= list.size();) {
      const auto end = std::min(list.find(',', at), list.size());
      if (list.substr(at, end - at) == wanted) return true;
      at = end + 1;
    }
    return false;
  }

  const ShootView& shoot_;
  ImageLookup lookup_;
  Patch& patch_;
  std::vector<Worker> after_;
  std::set<std::size_t> customised_;  ///< workers with an image of the customer's own
};

}  // namespace

Finding mutate_workers(const ShootView& shoot, const std::optional<ShootView>& old, Facts& facts,
                       Patch& patch) {
  return Workers(shoot, facts, patch).run(old);
}

}  // namespace alicloud
