#include <synapsed/module.hpp>

namespace synapsed {

std::string_view to_string(InstancePolicy policy) {
  return policy == InstancePolicy::kPerCall ? "per-call" : "persistent";
}

ModuleMetadata& ModuleMetadata::with_capability(std::string capability) {
  capabilities.push_back(std::move(capability));
  return *this;
}
ModuleMetadata& ModuleMetadata::with_tag(std::string tag) {
  tags.push_back(std::move(tag));
  return *this;
}
ModuleMetadata& ModuleMetadata::with_description(std::string text) {
  description = std::move(text);
  return *this;
}
ModuleMetadata& ModuleMetadata::with_author(std::string author) {
  authors.push_back(std::move(author));
  return *this;
}
ModuleMetadata& ModuleMetadata::with_instance_policy(InstancePolicy policy) {
  instance_policy = policy;
  return *this;
}
ModuleMetadata& ModuleMetadata::with_restart_policy(RestartPolicy policy) {
  restart_policy = policy;
  return *this;
}
ModuleMetadata& ModuleMetadata::with_host_functions(
    std::shared_ptr<const HostFunctions> functions) {
  host_functions = std::move(functions);
  return *this;
}

}  // namespace synapsed
