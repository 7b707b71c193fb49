"""keras.backend on NumPy: every function takes arrays, recorded and symbolic tensors.

How it works, to be read in this order
    common, tensor, tape, op, graph, step
The ops, by theme
    elementwise, reduce, shapes, indexing, linear, nn, crossentropy, ctc, loops, random,
    convolution, pooling, normalization, resize
What is around them
    control, variables, functions, gradient_calls, operators, session, names,
    updates
"""

from minikeras.backend import operators  # noqa: F401  attaches + - [] ... to tensors
from minikeras.backend.common import (  # noqa: F401
    cast_to_floatx,
    epsilon,
    floatx,
    image_data_format,
    normalize_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from minikeras.backend.control import (  # noqa: F401
    identity,
    in_test_phase,
    in_train_phase,
    learning_phase,
    print_tensor,
    set_learning_phase,
    stop_gradient,
    switch,
)
from minikeras.backend.convolution import (  # noqa: F401
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    depthwise_conv2d,
    separable_conv1d,
    separable_conv2d,
)
from minikeras.backend.crossentropy import (  # noqa: F401
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from minikeras.backend.ctc import (  # noqa: F401
    ctc_batch_cost,
    ctc_decode,
    ctc_label_dense_to_sparse,
)
from minikeras.backend.elementwise import (  # noqa: F401
    abs,
    add,
    clip,
    cos,
    divide,
    equal,
    exp,
    floor,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    mod,
    multiply,
    negative,
    not_equal,
    pow,
    round,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    where,
)
from minikeras.backend.functions import function  # noqa: F401
from minikeras.backend.gradient_calls import gradients  # noqa: F401
from minikeras.backend.indexing import (  # noqa: F401
    cast,
    gather,
    one_hot,
    shape,
    size,
    slice,
)
from minikeras.backend.linear import batch_dot, dot, matmul  # noqa: F401
from minikeras.backend.local import local_conv1d, local_conv2d  # noqa: F401
from minikeras.backend.loops import foldl, foldr, map_fn, rnn  # noqa: F401
from minikeras.backend.names import get_uid, name_scope, reset_uids  # noqa: F401
from minikeras.backend.nn import (  # noqa: F401
    bias_add,
    elu,
    hard_sigmoid,
    in_top_k,
    l2_normalize,
    relu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    tanh,
)
from minikeras.backend.normalization import (  # noqa: F401
    batch_normalization,
    normalize_batch_in_training,
)
from minikeras.backend.pooling import pool2d, pool3d  # noqa: F401
from minikeras.backend.random import (  # noqa: F401
    dropout,
    random_binomial,
    random_normal,
    random_normal_variable,
    random_uniform,
    random_uniform_variable,
    truncated_normal,
)
from minikeras.backend.reduce import (  # noqa: F401
    all,
    any,
    argmax,
    argmin,
    cumprod,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from minikeras.backend.resize import (  # noqa: F401
    resize_images,
    resize_volumes,
    spatial_2d_padding,
    spatial_3d_padding,
)
from minikeras.backend.session import (  # noqa: F401
    backend,
    clear_session,
    control_dependencies,
    eager,
    get_session,
    manual_variable_initialization,
    set_session,
    symbolic,
)
from minikeras.backend.shapes import (  # noqa: F401
    batch_flatten,
    concatenate,
    expand_dims,
    flatten,
    pad,
    permute_dimensions,
    repeat,
    repeat_elements,
    reshape,
    reverse,
    squeeze,
    stack,
    temporal_padding,
    tile,
    transpose,
)
from minikeras.backend.tape import Tape, differentiate  # noqa: F401
from minikeras.backend.variables import (  # noqa: F401
    arange,
    batch_get_value,
    batch_set_value,
    constant,
    count_params,
    dtype,
    eval,
    eye,
    get_value,
    int_shape,
    is_keras_tensor,
    is_placeholder,
    is_sparse,
    is_tensor,
    is_variable,
    moving_average_update,
    ndim,
    ones,
    ones_like,
    placeholder,
    set_value,
    to_dense,
    update,
    update_add,
    update_sub,
    variable,
    zeros,
    zeros_like,
)
from minikeras.kernels.team import num_threads, set_num_threads  # noqa: F401


def __getattr__(name):
    from minikeras.backend.absent import refuse

    raise refuse(name)
