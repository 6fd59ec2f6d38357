#include "webhook/server/image_memory.hpp"

#include <algorithm>

namespace webhook {

struct ImageMemory::Flight {
  State state = State::flying;
  std::optional<Answer> answer;
};

ImageMemory::Look ImageMemory::look(const std::string& key) {
  const std::lock_guard held(mutex_);
  Look look;
  const auto entry = entries_.find(key);
  if (entry != entries_.end() && entry->second.until > clock_.since_boot()) {
    look.known = entry->second.is_customised;
    return look;
  }
  auto& flight = flights_[key];
  if (flight) {
    look.flight = flight;
  } else {
    flight = std::make_shared<Flight>();
    look.claim = std::make_unique<Claim>(*this, key, flight);
  }
  return look;
}

ImageMemory::State ImageMemory::state_of(const Flight& flight,
                                         std::optional<Answer>& answer) const {
  const std::lock_guard held(mutex_);
  answer = flight.answer;
  return flight.state;
}

void ImageMemory::end(const std::string& key, Flight& flight, std::optional<Answer> answer) {
  const std::lock_guard held(mutex_);
  flights_.erase(key);
  flight.state = answer ? State::landed : State::lost;
  if (answer && *answer) {
    make_room();
    entries_[key] = {.is_customised = **answer, .until = clock_.since_boot() + limits_.life};
  }
  flight.answer = std::move(answer);
}

void ImageMemory::make_room() {
  if (entries_.size() < limits_.entries) return;
  const auto now = clock_.since_boot();
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
  if (entries_.size() < limits_.entries) return;
  entries_.erase(
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.until; }));
}

}  // namespace webhook
