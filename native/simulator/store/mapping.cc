#include "simulator/store/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "simulator/model/host_shape.h"
#include "simulator/model/mig_mode.h"
#include "simulator/store/file.h"
#include "simulator/store/lock.h"
#include "simulator/store/soundness.h"

namespace migsim {
namespace {

// Opening a store holds the file's lock for milliseconds.
constexpr unsigned kLockTimeoutMs = 5000;

Store* MapMemory(int flags, int file) {
  void* memory = mmap(nullptr, sizeof(Store), PROT_READ | PROT_WRITE, flags, file, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Store*>(memory);
}

// `store` is all zero bytes, which are valid for everything that this does not set.
void Build(Store& store, const MachineSpec& spec) {
  StoreHeader& header = store.header;
  std::memcpy(header.magic, kStoreMagic, sizeof kStoreMagic);
  header.layout = kStoreLayout;
  header.gpu_count = static_cast<std::uint32_t>(spec.gpu_count);
  header.size = sizeof(Store);
  header.tables = TablesHash();
  header.seed = spec.seed;
  header.driver = spec.driver;
  header.host_shape = spec.host_shape.value_or(DefaultHostShape(spec.gpu_count));
  header.rules = spec.rules;
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    store.gpus[i].copies[0] = NewGpu(spec.gpus[i]);
  }
  store.controls.copies[0].privileges = spec.privileges;
  store.controls.copies[0].reset_policy = spec.reset_policy;
  MakeLocks(store);
}

bool LockIsOf(const StoreHeader& header, const struct stat& file, const std::string& boot) {
  return header.file_device == file.st_dev && header.file_inode == file.st_ino &&
         boot.substr(0, kBootIdSize - 1) ==
             std::string_view(header.boot_id, strnlen(header.boot_id, kBootIdSize));
}

// A lock that was held when the host crashed, or when the file was copied, would never be released.
void AdoptLock(Store& store, const struct stat& file, const std::string& boot) {
  StoreHeader& header = store.header;
  if (LockIsOf(header, file, boot)) return;
  MakeLocks(store);
  header.file_device = file.st_dev;
  header.file_inode = file.st_ino;
  std::memset(header.boot_id, 0, sizeof header.boot_id);
  boot.copy(header.boot_id, kBootIdSize - 1);
}

std::string UniqueNameBeside(const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  return path + "." + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".new";
}

// The path by which a nameless file can get a name, if /proc is mounted.
std::string DescriptorPath(int number) { return "/proc/self/fd/" + std::to_string(number); }

// Why the path leads to nothing, after stat failed.
std::string WhyUnreachable(const std::string& path) {
  const std::string error = SystemError("cannot open", path);
  struct stat link = {};
  const bool dangling = lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
  return dangling ? error + " (it is a dangling link)" : error;
}

// A process that may read a file can hold its lock and so block all others. Therefore users without
// write access to a store get no read access either; the umask says which users these are.
void KeepReadersOut(const FileDescriptor& file) {
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return;
  mode_t mode = S_IRUSR | S_IWUSR;
  if ((status.st_mode & S_IWGRP) != 0) mode |= S_IRGRP | S_IWGRP;
  if ((status.st_mode & S_IWOTH) != 0) mode |= S_IROTH | S_IWOTH;
  fchmod(file.number(), mode);
}

Mapping MapFile(const FileDescriptor& file, const std::string& path) {
  Store* store = MapMemory(MAP_SHARED, file.number());
  if (store == nullptr) return {nullptr, SystemError("cannot map", path)};
  return {store, {}};
}

}  // namespace

void MakeLocks(Store& store) {
  MakeLock(store.mutex);
  MakeDriverLocks(store.driver_locks);
}

Mapping MapPrivate(const MachineSpec& spec) {
  Store* store = MapMemory(MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (store == nullptr) return {nullptr, "no memory for a simulated machine"};
  Build(*store, spec);
  return {store, {}};
}

NewFile::NewFile(const std::string& path) : path_(path) {}

NewFile::~NewFile() {
  if (!name_.empty()) unlink(name_.c_str());
}

int NewFile::Make() {
  constexpr mode_t kMode = 0666;
  const std::string folder = path_.substr(0, path_.find_last_of('/') + 1);
  const int unnamed =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, kMode);
  if (unnamed >= 0 && access(DescriptorPath(unnamed).c_str(), F_OK) == 0) return unnamed;
  if (unnamed >= 0) close(unnamed);
  name_ = UniqueNameBeside(path_);
  return ::open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
}

Mapping NewFile::Map(const MachineSpec& spec) {
  const FileDescriptor& file = file_.emplace(Make());
  if (!file.open()) return {nullptr, SystemError("cannot create", path_)};
  KeepReadersOut(file);
  if (!Reserve(file, sizeof(Store))) return {nullptr, SystemError("cannot create", path_)};
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return {nullptr, SystemError("cannot create", path_)};
  Mapping mapping = MapFile(file, path_);
  if (mapping.store == nullptr) return mapping;
  Build(*mapping.store, spec);
  AdoptLock(*mapping.store, status, BootId());
  return mapping;
}

std::string NewFile::Publish() {
  // Unlike a rename, a link never replaces a machine that another process has just made.
  const std::string made = name_.empty() ? DescriptorPath(file_->number()) : name_;
  const int flags = name_.empty() ? AT_SYMLINK_FOLLOW : 0;
  if (linkat(AT_FDCWD, made.c_str(), AT_FDCWD, path_.c_str(), flags) == 0) return {};
  if (errno != EEXIST) return SystemError("cannot create", path_);
  struct stat status = {};
  if (stat(path_.c_str(), &status) == 0) return "the file " + path_ + " already exists";
  return "the file " + path_ + " already exists and cannot be read: " + ErrnoText(errno);
}

Mapping MapExistingFile(const std::string& path) {
  // Checked before it is opened, because opening a device can have side effects.
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return {nullptr, WhyUnreachable(path)};
  if (!S_ISREG(status.st_mode)) return {nullptr, path + " is not a file: it cannot hold a machine"};
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return {nullptr, SystemError("cannot open", path)};
  if (!LockFile(file, kLockTimeoutMs)) {
    if (errno != EWOULDBLOCK) return {nullptr, SystemError("cannot lock", path)};
    return {nullptr, "cannot open " + path + ": another program holds the lock of the file"};
  }
  if (fstat(file.number(), &status) != 0) return {nullptr, SystemError("cannot open", path)};
  if (!S_ISREG(status.st_mode) || status.st_size != sizeof(Store)) {
    return {nullptr, path + " does not hold a simulated machine of this version"};
  }
  // A copied file may have holes, which a full disk can no longer fill.
  if (!Reserve(file, sizeof(Store))) return {nullptr, SystemError("cannot open", path)};
  Mapping mapping = MapFile(file, path);
  if (mapping.store == nullptr) return mapping;
  mapping.error = WhyForeign(mapping.store->header);
  if (mapping.error.empty()) {
    AdoptLock(*mapping.store, status, BootId());
    mapping.error = WhyUnsound(*mapping.store);
  }
  if (!mapping.error.empty()) {
    mapping.error = path + " " + mapping.error;
    Unmap(mapping.store);
    mapping.store = nullptr;
  }
  return mapping;
}

Store* MapCopy(const Store& store) {
  Store* copy = MapMemory(MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (copy == nullptr) return nullptr;
  std::memcpy(static_cast<void*>(copy), &store, sizeof(Store));
  MakeLocks(*copy);
  return copy;
}

void Unmap(Store* store) { munmap(store, sizeof(Store)); }

}  // namespace migsim
