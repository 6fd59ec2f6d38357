#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"
#include "kube/request/request.hpp"

namespace kube::testing {

/// What the server refuses with, as the client would read it off the wire.
base::Error refusal(int code, std::string_view reason, std::string message,
                    std::string_view cause = "");

base::Error not_found(const ObjectRef& ref);
base::Error already_exists(const ObjectRef& ref);
base::Error conflict(const ObjectRef& ref, std::string_view why);
base::Error invalid(const ObjectRef& ref, std::string_view why);
base::Error bad_request(std::string message);
base::Error forbidden(const ObjectRef& ref, std::string_view why);
base::Error expired(std::string message);

/// Who asks, whoever it is: username and groups.
json::Value user_info();

/// The Status of a delete that is done.
json::Value deleted_status(const Object& object);

}  // namespace kube::testing
