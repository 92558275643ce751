{
  # 1 for what the package ships: small, since both architectures go into one tarball.
  'variables': {'prebuild%': 0},
  'target_defaults': {
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti'],
    # Warnings are errors in CI only: a compiler that we have not met must not stop anybody's build.
    # -Wrestrict is wrong about std::string's operator+ in GCC 12 (its bug 105651).
    'cflags_cc': ['-std=c++20', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wpedantic',
                  '-Wno-restrict', '-Wno-unknown-warning-option',
                  "<!(node -p \"process.env.CI ? '-Werror' : '-Wno-error'\")"],
    'ldflags': ['-Wl,-z,now'],
    'include_dirs': ['native'],
    'conditions': [
      ['prebuild==1', {
        # -Os: the addon's time is the driver's, and benchmarks use the developer's build.
        # No tables for unwinding: exceptions are off.
        'cflags_cc': ['-flto=auto', '-Os', '-fno-asynchronous-unwind-tables', '-fno-unwind-tables'],
        'ldflags': ['-flto=auto', '-Wl,--gc-sections', '-Wl,--strip-all'],
      }],
    ],
  },
  'targets': [
    {
      'target_name': 'mig_nvml',
      'sources': ['<!@(node scripts/list-sources.mjs native/nvml native/addon)'],
      'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api"],
      'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_DEPRECATED',
                  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'libraries': ['-ldl'],
    },
    {
      'target_name': 'mig_simulator_control',
      'sources': ['<!@(node scripts/list-sources.mjs native/simulator/control_addon)'],
      'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api"],
      'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_DEPRECATED',
                  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'libraries': ['-ldl'],
    },
    {
      # The simulated driver: a plain shared library, no Node in it.
      'target_name': 'nvidia_ml_simulator',
      'type': 'shared_library',
      'product_dir': '<(PRODUCT_DIR)/simulator',
      'product_prefix': 'lib',
      'product_name': 'nvidia-ml',
      'product_extension': 'so.1',
      'sources': ['<!@(node scripts/list-sources.mjs native/simulator --except control_addon)'],
      'include_dirs': ['<(SHARED_INTERMEDIATE_DIR)'],
      'actions': [
        {
          'action_name': 'catalog',
          'inputs': ['scripts/generate-catalog.mjs', 'scripts/assumed-facts.mjs',
                     'catalog/mig-gpus.json', 'catalog/assumed.json', 'catalog/other-gpus.json'],
          'outputs': ['<(SHARED_INTERMEDIATE_DIR)/catalog.inc'],
          'action': ['node', 'scripts/generate-catalog.mjs', '<@(_outputs)'],
        },
      ],
      'ldflags': [
        '-Wl,-soname,libnvidia-ml.so.1', '-Wl,-z,defs',
        '-Wl,--version-script=<(module_root_dir)/native/simulator/nvml/exports.map',
      ],
      'libraries': ['-lpthread'],
    },
  ],
}
