#include "kube/watch/store.hpp"

#include <utility>

namespace kube::watch {
namespace {

template <class... F>
struct Match : F... {
  using F::operator()...;
};

}  // namespace

void Store::on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

void Store::apply(const Change& change) {
  std::visit(
      Match{[this](const Init&) {
              incoming_.clear();
              relisting_ = true;
            },
            [this](const InitApply& in) { incoming_.insert_or_assign(in.object.ref(), in.object); },
            [this](const InitDone& done) { swap(done.resource_version); },
            [this](const Applied& applied) { set(applied.object); },
            [this](const Removed& removed) { erase(removed.object); }},
      change);
}

const Object* Store::find(const ObjectRef& ref) const {
  const auto at = objects_.find(ref);
  return at == objects_.end() ? nullptr : &at->second;
}

std::vector<const Object*> Store::all() const {
  std::vector<const Object*> objects;
  objects.reserve(objects_.size());
  for (const auto& [ref, object] : objects_) objects.push_back(&object);
  return objects;
}

void Store::set(const Object& object) {
  move_to(object.resource_version().value);
  auto [at, is_new] = objects_.try_emplace(object.ref(), object);
  if (is_new) return tell(nullptr, &at->second);
  const Object before = std::exchange(at->second, object);
  tell(&before, &at->second);
}

void Store::erase(const Object& object) {
  move_to(object.resource_version().value);
  const auto gone = objects_.extract(object.ref());
  if (gone) tell(&gone.mapped(), nullptr);
}

void Store::swap(const std::string& version) {
  if (!relisting_) return;
  relisting_ = false;
  synced_ = true;
  version_ = version;
  objects_.swap(incoming_);
  const auto before = std::exchange(incoming_, {});
  for (const auto& [ref, object] : before) {
    if (!objects_.contains(ref)) tell(&object, nullptr);
  }
  for (const auto& [ref, object] : objects_) {
    const auto old = before.find(ref);
    if (old == before.end()) {
      tell(nullptr, &object);
    } else if (old->second.resource_version() != object.resource_version()) {
      tell(&old->second, &object);
    }
  }
}

void Store::tell(const Object* before, const Object* after) const {
  for (const Listener& listener : listeners_) listener(before, after);
}

void Store::move_to(const std::string& version) {
  if (!version.empty()) version_ = version;
}

}  // namespace kube::watch
