//! What a Rust program learns of a machine through nvml-wrapper, one line of words for each fact.
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::device::ProcessInfo;
use nvml_wrapper::{Device, Nvml};

const WORDS: usize = 4;

fn main() -> Result<(), NvmlError> {
    let nvml = Nvml::init()?;
    let count = nvml.device_count()?;
    println!("driver {}", nvml.sys_driver_version()?);
    for index in 0..count {
        let gpu = nvml.device_by_index(index)?;
        let mib = gpu.memory_info()?.total >> 20;
        println!("gpu {} {} {} {}", index, gpu.uuid()?, mib, gpu.name()?);
        println!("cpus {} {}", index, list(&cpus(&gpu)?));
        for other in 0..count {
            let level = gpu.topology_common_ancestor(nvml.device_by_index(other)?)?;
            println!("ancestor {} {} {:?}", index, other, level);
        }
        print_processes("compute", index, &gpu.running_compute_processes()?);
        print_processes("mps", index, &gpu.mps_running_compute_processes()?);
        if is_mig(&gpu)? {
            print_mig_devices(&gpu, index)?;
        }
    }
    Ok(())
}

fn is_mig(gpu: &Device) -> Result<bool, NvmlError> {
    match gpu.mig_mode() {
        Err(NvmlError::NotSupported) => Ok(false),
        mode => Ok(mode?.current == 1),
    }
}

fn print_mig_devices(gpu: &Device, index: u32) -> Result<(), NvmlError> {
    for number in 0..gpu.mig_device_count()? {
        let mig = match gpu.mig_device_by_index(number) {
            Err(NvmlError::NotFound) => continue,
            found => found?,
        };
        let parent = mig.mig_parent_device()?.index()?;
        let mib = mig.memory_info()?.total >> 20;
        println!(
            "mig {} {} {} {} {}",
            index,
            parent,
            mig.uuid()?,
            mib,
            mig.name()?
        );
    }
    Ok(())
}

fn print_processes(kind: &str, index: u32, processes: &[ProcessInfo]) {
    for process in processes {
        let mib = match process.used_gpu_memory {
            UsedGpuMemory::Used(bytes) => (bytes >> 20).to_string(),
            UsedGpuMemory::Unavailable => "-".to_string(),
        };
        println!("{} {} {} {}", kind, index, process.pid, mib);
    }
}

fn cpus(gpu: &Device) -> Result<Vec<usize>, NvmlError> {
    let words = gpu.cpu_affinity(WORDS)?;
    Ok((0..64 * WORDS)
        .filter(|cpu| words[cpu / 64] >> (cpu % 64) & 1 == 1)
        .collect())
}

fn list(numbers: &[usize]) -> String {
    numbers
        .iter()
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(",")
}
