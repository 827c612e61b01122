// All kernels for one instruction set: compiled once per set, with MAMBRUSH_ISA naming it and the compiler's flags
// choosing it. Nothing outside may be inlined into or out of here.
// Convention: operations.h lists every operation, so that one without its kernel does not compile.
#include "operations.h"
#include "kernels/bridge.h"
#include "kernels/causal-conv1d-silu.h"
#include "kernels/channel-attention.h"
#include "kernels/conv3x3.h"
#include "kernels/elementwise.h"
#include "kernels/groupnorm-gelu.h"
#include "kernels/groupnorm-maxpool-gelu.h"
#include "kernels/groupnorm-upsample-gelu.h"
#include "kernels/layernorm.h"
#include "kernels/linear.h"
#include "kernels/loss.h"
#include "kernels/sample.h"
#include "kernels/selective-scan.h"
#include "kernels/spatial-attention.h"
#include "kernels/upsample.h"

namespace mambrush::MAMBRUSH_ISA {

static const KernelEntry entries[] = {MAMBRUSH_KERNELS};

#define MAMBRUSH_TEXT2(x) #x
#define MAMBRUSH_TEXT(x) MAMBRUSH_TEXT2(x)

extern const KernelSet kernelSet;
const KernelSet kernelSet = {MAMBRUSH_TEXT(MAMBRUSH_ISA), entries, sizeof entries / sizeof entries[0]};

}  // namespace mambrush::MAMBRUSH_ISA
