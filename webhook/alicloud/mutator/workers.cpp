#include <algorithm>
#include <map>
#include <set>

#include "base/utf8.hpp"
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
        workers_(shoot.typed.spec.provider.workers) {
    nodes_.reserve(workers_.size());
    const auto list = shoot.object.at("spec").at("provider").at("workers");
    list.each_item([this](std::size_t, json::DomNode node) { nodes_.push_back(node); });
  }

  Finding run(const std::optional<ShootView>& old) {
    const auto before = old ? by_name(old->typed.spec.provider.workers) : ByName<Worker>();
    auto finding = look_up_images(before);
    if (!finding.is_fine()) return finding;
    after_ = workers_;
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
  /// All of them, so that all questions are asked at once; the first finding that is not fine.
  Finding look_up_images(const ByName<Worker>& before) {
    auto finding = Finding::fine();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (i < nodes_.size() &&
          nodes_[i].is_null()) {  // what is wrong with those before it comes first
        const auto path = child("spec.provider.workers", i);
        return finding.is_fine() ? Finding::complaint(required(path, "")) : finding;
      }
      if (before.contains(workers_[i].name)) continue;
      if (auto one = look_up_image(i); finding.is_fine()) finding = std::move(one);
    }
    return finding;
  }

  Finding look_up_image(std::size_t index) {
    const auto& worker = workers_[index];
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

  void set_data_volumes(std::size_t index, const ByName<DataVolume>& before) {
    auto& volumes = after_[index].data_volumes;
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      if (volumes[i].encrypted) continue;
      const auto known = before.find(volumes[i].name);
      volumes[i].encrypted = known != before.end() ? known->second->encrypted : std::optional(true);
      if (volumes[i].encrypted) changed.push_back(i);
    }
    write_data_volumes(index, changed);
  }

  /// One operation for each flag, or the whole list anew where that is shorter.
  void write_data_volumes(std::size_t index, const std::vector<std::size_t>& changed) {
    constexpr std::size_t kOperation = 85;  // bytes
    if (changed.size() > 1) {
      const auto list = with_flags(index);
      if (!list.empty() && list.size() < (changed.size() - 1) * kOperation)
        return patch_.replace({kWorkers, "/", Digits(index), "/dataVolumes"}, list);
    }
    for (const auto number : changed) {
      patch_.add({kWorkers, "/", Digits(index), "/dataVolumes/", Digits(number), "/encrypted"},
                 *after_[index].data_volumes[number].encrypted);
    }
  }

  /// The list as it stands, members unknown to us included, with all flags that are set. Empty:
  /// there is something strange in it.
  std::string with_flags(std::size_t index) const {
    if (nodes_.size() != workers_.size()) return {};  // members that came twice
    const auto list = nodes_[index].at("dataVolumes");
    if (list.size() != after_[index].data_volumes.size()) return {};
    std::string out = "[";
    bool is_fine = true;
    list.each_item([&](std::size_t i, json::DomNode volume) {
      is_fine = is_fine && volume.is_object();
      const auto& flag = after_[index].data_volumes[i].encrypted;
      out += i > 0 ? ",{" : "{";
      volume.each_member([&](std::string_view name, json::DomNode value) {
        if (name == "encrypted") return;
        base::append_json_string(out, name);
        append_compact(out += ':', value);
        out += ',';
      });
      if (flag) out += *flag ? R"("encrypted":true)" : R"("encrypted":false)";
      if (out.ends_with(',')) out.pop_back();
      out += '}';
    });
    return is_fine ? out += ']' : std::string();
  }

  void keep_flags(std::size_t index, const Worker& before) {
    const auto& worker = after_[index];
    if (worker.volume && !worker.volume->encrypted && before.volume && before.volume->encrypted) {
      set_volume(index, *before.volume->encrypted);
    }
    set_data_volumes(index, by_name(before.data_volumes));
  }

  void set_defaults(std::size_t index) {
    set_data_volumes(index, {});
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
  const std::vector<Worker>& workers_;
  std::vector<json::DomNode> nodes_;  ///< the same as they stand
  std::vector<Worker> after_;         ///< with the flags that are set
  std::set<std::size_t> customised_;  ///< workers with an image of the customer's own
};

}  // namespace

Finding mutate_workers(const ShootView& shoot, const std::optional<ShootView>& old, Facts& facts,
                       Patch& patch) {
  return Workers(shoot, facts, patch).run(old);
}

}  // namespace alicloud
