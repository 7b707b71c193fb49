"""Values that no argument can have: the error names the argument and what came.

Layers in a model, `compile` and `fit` are in engine/test_wrong_arguments.py.
"""

import numpy as np
import pytest

from minikeras import backend as K
from minikeras import (
    callbacks,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from minikeras import layers as L
from minikeras.models import Model, Sequential, clone_model, load_model, model_from_json
from minikeras.preprocessing import image, sequence, text
from minikeras.utils import layer_utils

X = np.random.RandomState(0).rand(24, 4).astype("float32")
LABELS = np.arange(24) % 3
IMAGES = 255 * np.random.RandomState(1).rand(8, 6, 6, 3).astype("float32")
ANY = (TypeError, ValueError)


def model():
    made = Sequential([L.Dense(3, "softmax", input_dim=4, name="dense")])
    made.compile("sgd", "categorical_crossentropy")
    return made


def functional():
    x = L.Input((4,), name="x")
    return Model(x, L.Dense(3, name="y")(x))


def refused(make, message, kinds=ANY):
    """Call it; it must raise one of these errors with this in its message."""
    with pytest.raises(kinds, match=message):
        make()


def table(rows):
    """Parametrize a test by (what is done, the error, what its message says)."""
    names = [f"{i}: {row[-1]}" for i, row in enumerate(rows)]
    return pytest.mark.parametrize("make, kind, message", rows, ids=names)


# ---- models and utils ---------------------------------------------------------------


@table([
    (lambda m: m.get_layer(index="a"), TypeError, "`index` must be a whole number"),
    (lambda m: m.get_layer(index=9), ValueError, "index 9 .* only has 1 layers, 0 to"),
    (lambda m: m.get_layer(index=-9), ValueError, "at index -9"),
    (lambda m: m.get_layer("dens"), ValueError, "Did you mean 'dense'"),
    (lambda m: m.get_layer(0), ValueError, r"For a place: get_layer\(index=0\)"),
    (lambda m: m.set_weights(5), TypeError, "takes a list of arrays.*Got 5"),
    (lambda m: m.layers[0].set_weights(5), TypeError, "Layer 'dense': set_weights"),
    (lambda m: m.save(5), ValueError, "`filepath` must be a path.*Got 5"),
    (lambda m: m.save_weights(None), TypeError, "`filepath` must be a path"),
    (lambda m: m.load_weights(5), TypeError, "`filepath` must be a path"),
    (lambda m: load_model(5), ValueError, "`filepath` must be a path"),
    (lambda m: m.summary(line_length="a"), TypeError, "`line_length` must be"),
    (lambda m: m.summary(positions=[0.5]), ValueError, "where each of the 3 columns"),
    (lambda m: m.summary(print_fn=5), TypeError, "`print_fn` must be a function"),
    (lambda m: model_from_json(5), TypeError, "must be JSON text. Got 5"),
    (lambda m: clone_model(5), ValueError, "got 5"),
    (lambda m: Sequential(5), TypeError, "takes a list of layers.*Got 5"),
    (lambda m: utils.plot_model(5), TypeError, "`model` must be a model. Got 5"),
    (lambda m: utils.plot_model(m, 5), TypeError, "`to_file` must be a path"),
    (lambda m: utils.plot_model(m, dpi="a"), TypeError, "`dpi` must be a number"),
    (lambda m: utils.model_to_dot(None), TypeError, "`model` must be a model"),
    (lambda m: layer_utils.print_summary(5), TypeError, "`model` must be a model"),
    (lambda m: utils.multi_gpu_model(m, "a"), TypeError, "`gpus` must be a number"),
])  # fmt: skip
def test_models_are_asked_for_what_they_do_not_have(make, kind, message):
    refused(lambda: make(model()), message, kind)


@table([
    (lambda: Sequential.from_config({}), ValueError, "lacks layers"),
    (lambda: Sequential.from_config(5), ValueError, "has a list of layers.*Got 5"),
    (lambda: Sequential.from_config(None), ValueError, "Got None"),
    (lambda: Sequential.from_config({"layers": 5}), ValueError, "Got 5"),
    (lambda: Sequential.from_config([5]), ValueError, "serialized layer: 5"),
    (lambda: L.deserialize({"class_name": "Dense", "config": 5}), ValueError,
     "config of Dense must be a dict.*Got 5"),
    (lambda: Sequential.from_config(functional().get_config()), ValueError,
     "Use Model.from_config"),
    (lambda: Model.from_config({}), ValueError, "lacks layers, input_layers, output_"),
    (lambda: Model.from_config(5), ValueError, "no configuration of a Model.*Got 5"),
    (lambda: Model.from_config({"layers": []}), ValueError, "lacks input_layers"),
    (lambda: Model.from_config(model().get_config()), ValueError,
     "For a Sequential model: Sequential.from_config"),
    (lambda: Model.from_config({**functional().get_config(), "output_layers": 5}),
     ValueError, "lists .layer name.*Got 5"),
    (lambda: Model.from_config(
        {**functional().get_config(), "output_layers": [["yy", 0, 0]]}),
     ValueError, "layer 'yy', which it does not have. Did you mean 'y'"),
])  # fmt: skip
def test_configurations_that_are_none(make, kind, message):
    refused(make, message, kind)


@table([
    (lambda: utils.to_categorical([0, 1], "2"), TypeError, "`num_classes` must be a w"),
    (lambda: utils.to_categorical([0, 1], -2), ValueError, "num_classes must be at le"),
    (lambda: utils.to_categorical([0, 5], 3), ValueError, "label 5 at row 1.*0..2"),
    (lambda: utils.to_categorical([0], None, "flot32"), TypeError, "mean 'float32'"),
    (lambda: utils.normalize("a"), ValueError, "wants numbers; got 'a'"),
    (lambda: utils.normalize(X, axis=5), ValueError, "axis=5 is out of range"),
    (lambda: utils.get_file(5, "https://a"), TypeError, "`fname` must be a path"),
    (lambda: utils.get_file("a", 5), TypeError, "`origin` must be an address"),
    (lambda: utils.Progbar(9).update("a"), TypeError, "`current` must be a number"),
    (lambda: utils.Progbar(9).update(5, 5), TypeError, "pairs .name, value"),
])  # fmt: skip
def test_utils_refuse_what_they_cannot_use(make, kind, message):
    refused(make, message, kind)


# ---- layers, initializers, regularizers, constraints --------------------------------


@table([
    (lambda: L.Dense(float("inf")), ValueError, "units must be at least 1; got inf"),
    (lambda: L.Dense(3, dtype="flot32"), TypeError, "Did you mean 'float32'"),
    (lambda: L.Dense(3, weights=5)(L.Input((4,))), TypeError, "list of arrays.*Got 5"),
    (lambda: L.Dense(3, name=5), TypeError, "`name` must be a text. Got 5"),
    (lambda: L.Dense(3, input_dim=4, batch_size="a"), ValueError, "Found 'a'"),
    (lambda: L.LayerNormalization(epsilon="a"), TypeError, "`epsilon` must be a"),
    (lambda: L.Input((4,), dtype="foo"), TypeError, "`dtype` must be a type"),
    (lambda: L.Dropout(0.5, noise_shape=5), TypeError, "`noise_shape` must be a tuple"),
    (lambda: L.Dropout(0.5, seed="a"), TypeError, "`seed` must be a whole number"),
    (lambda: L.Permute(1.5), ValueError, "`dims` must hold.*1.5"),
    (lambda: L.Reshape(("a",)), TypeError, "`target_shape` must be a whole.*'a'"),
    (lambda: L.Masking("a"), TypeError, "`mask_value` must be a number. Got 'a'"),
    (lambda: L.Lambda(abs, output_shape="a"), TypeError, "`output_shape` must be a li"),
    (lambda: L.Lambda(abs, arguments=5), TypeError, "`arguments` must be a dict"),
    (lambda: L.GaussianNoise("a"), TypeError, "`stddev` must be a number"),
    (lambda: L.GaussianNoise(-1), ValueError, "`stddev` must be at least 0; got -1"),
    (lambda: L.LeakyReLU("a"), TypeError, "`alpha` must be a number. Got 'a'"),
    (lambda: L.ELU(None), TypeError, "`alpha` must be a number. Got None"),
    (lambda: L.ThresholdedReLU("a"), TypeError, "`theta` must be a number"),
    (lambda: L.ReLU("a"), TypeError, "`max_value` must be a number"),
    (lambda: L.ReLU(threshold="a"), TypeError, "`threshold` must be a number"),
    (lambda: L.Softmax(5)(L.Input((4,))), ValueError, "axis=5 is out of range"),
    (lambda: L.PReLU(shared_axes=[5])(L.Input((4,))), ValueError, "shared_axes=5 is o"),
    (lambda: L.BatchNormalization(momentum="a"), TypeError, "`momentum` must be a num"),
    (lambda: L.BatchNormalization(momentum=2), ValueError, "from 0 to 1; got 2"),
    (lambda: L.BatchNormalization(epsilon=-1), ValueError, "`epsilon` must be at leas"),
    (lambda: L.Concatenate("a"), TypeError, "`axis` must be a whole number"),
    (lambda: L.Concatenate(5)([L.Input((4,))] * 2), ValueError, "axis=5 is out of ran"),
    (lambda: L.Dot(5)([L.Input((4,))] * 2), ValueError, "axes=5 is out of range"),
    (lambda: L.MaxPooling2D(2, strides=0), ValueError, "`strides` argument.*Received:"),
    (lambda: L.ZeroPadding2D(-1), ValueError, "one number from 0 on.*Found: -1"),
    (lambda: L.Cropping2D((1, -2)), ValueError, "from 0 on.*Found: .1, -2"),
    (lambda: L.DepthwiseConv2D(3, depth_multiplier=0), ValueError, "depth_multiplier"),
    (lambda: L.SeparableConv2D(2, 3, depth_multiplier="a"), TypeError, "Got 'a'"),
    (lambda: L.Conv2DTranspose(2, 3, output_padding="a"), ValueError, "Received: 'a'"),
    (lambda: L.LSTM(3, dropout="a"), TypeError, "`dropout` must be a number from 0"),
    (lambda: L.GRU(3, recurrent_dropout="a"), TypeError, "`recurrent_dropout` must"),
    (lambda: L.StackedRNNCells(5), TypeError, "`cells` must be a list of cells.*Got 5"),
    (lambda: L.Bidirectional(L.LSTM(3), weights=5), TypeError, "list of arrays.*Got 5"),
    (lambda: initializers.Constant("a"), TypeError, "`value` must be a number"),
    (lambda: initializers.RandomNormal(0, -1), ValueError, "`stddev` must be at least"),
    (lambda: initializers.RandomUniform("a"), TypeError, "`minval` must be a number"),
    (lambda: initializers.glorot_uniform("a"), TypeError, "`seed` must be a whole"),
    (lambda: initializers.Orthogonal("a"), TypeError, "`gain` must be a number"),
    (lambda: initializers.VarianceScaling(mode="fan_inn"), ValueError, "mean 'fan_in'"),
    (lambda: regularizers.l2("a"), TypeError, "`l2` must be a number. Got 'a'"),
    (lambda: regularizers.l1(None), TypeError, "`l1` must be a number. Got None"),
    (lambda: constraints.MaxNorm("a"), TypeError, "`max_value` must be a number"),
    (lambda: constraints.MaxNorm(axis="a"), TypeError, "`axis` must be a whole number"),
    (lambda: constraints.MinMaxNorm(2, 1), ValueError, "`max_value` must be at least"),
    (lambda: constraints.MinMaxNorm(rate=2), ValueError, "`rate` must be from 0 to 1"),
])  # fmt: skip
def test_layers_name_the_argument_that_cannot_be(make, kind, message):
    refused(make, message, kind)


# ---- optimizers, losses, metrics, callbacks -----------------------------------------


@table([
    (lambda: optimizers.SGD(X), TypeError, r"learning_rate of SGD.*shape \(24, 4\)"),
    (lambda: optimizers.SGD(momentum=2), ValueError, "`momentum` must be from 0 to 1"),
    (lambda: optimizers.Adam(beta_2=-1), ValueError, "`beta_2` must be from 0 to 1"),
    (lambda: optimizers.RMSprop(rho=9), ValueError, "`rho` must be from 0 to 1; got 9"),
    (lambda: optimizers.Adam(decay=-1), ValueError, "`decay` must be at least 0"),
    (lambda: optimizers.SGD(clipnorm="a"), TypeError, "`clipnorm` must be a number"),
    (lambda: optimizers.SGD(clipvalue="a"), TypeError, "`clipvalue` must be a number"),
    (lambda: optimizers.RMSprop(epsilon="a"), TypeError, "`epsilon` must be a number"),
    (lambda: optimizers.Adam(epsilon=-1), ValueError, "`epsilon` must be at least 0"),
    (lambda: optimizers.Adadelta(rho="a"), TypeError, "`rho` must be a number"),
    (lambda: optimizers.Nadam(schedule_decay="a"), TypeError, "`schedule_decay` must"),
    (lambda: optimizers.SGD().set_weights(5), TypeError, "SGD: set_weights takes a li"),
    (lambda: losses.BinaryCrossentropy(label_smoothing=5), ValueError, "from 0 to 1"),
    (lambda: losses.Huber("a"), TypeError, "`delta` must be a number. Got 'a'"),
    (lambda: metrics.AUC("a"), TypeError, "`num_thresholds` must be a whole number"),
    (lambda: metrics.AUC(curve="RCO"), ValueError, "Did you mean 'ROC'"),
    (lambda: metrics.AUC(thresholds="a"), TypeError, "`thresholds` must be a number"),
    (lambda: metrics.Precision("a"), TypeError, "`thresholds` must be numbers"),
    (lambda: metrics.Precision(top_k=-1), ValueError, "top_k must be at least 1"),
    (lambda: metrics.Recall(class_id="a"), TypeError, "`class_id` must be a whole"),
    (lambda: metrics.Precision().update_state(X > 0, X[:, :3]), ValueError,
     r"same shape. Got \(24, 4\) and \(24, 3\)"),
    (lambda: metrics.MeanMetricWrapper(5), TypeError, "`fn` must be a function"),
    (lambda: metrics.MeanIoU("a"), TypeError, "`num_classes` must be a whole number"),
    (lambda: metrics.SensitivityAtSpecificity("a"), TypeError, "`specificity` must"),
    (lambda: metrics.TopKCategoricalAccuracy(0), ValueError, "k must be at least 1"),
    (lambda: metrics.BinaryAccuracy(threshold="a"), TypeError, "`threshold` must be"),
    (lambda: callbacks.EarlyStopping(patience="a"), TypeError, "`patience` must be a"),
    (lambda: callbacks.EarlyStopping(min_delta="a"), TypeError, "`min_delta` must be"),
    (lambda: callbacks.EarlyStopping(baseline="a"), TypeError, "`baseline` must be"),
    (lambda: callbacks.ModelCheckpoint(5), TypeError, "`filepath` must be a path"),
    (lambda: callbacks.ModelCheckpoint("a", period=0), ValueError, "period must be at"),
    (lambda: callbacks.ReduceLROnPlateau(factor="a"), TypeError, "`factor` must be a"),
    (lambda: callbacks.ReduceLROnPlateau(factor=-1), ValueError, "`factor` must be at"),
    (lambda: callbacks.ReduceLROnPlateau(cooldown="a"), TypeError, "`cooldown` must"),
    (lambda: callbacks.ReduceLROnPlateau(min_lr="a"), TypeError, "`min_lr` must be a"),
    (lambda: callbacks.CSVLogger(5), TypeError, "`filename` must be a path"),
    (lambda: callbacks.LambdaCallback(on_epoch_end="a"), TypeError, "`on_epoch_end` m"),
    (lambda: callbacks.RemoteMonitor(5), ValueError, "root must begin with http"),
])  # fmt: skip
def test_what_training_is_made_of_names_the_wrong_value(make, kind, message):
    refused(make, message, kind)


def test_a_schedule_that_takes_no_epoch_is_named():
    schedule = callbacks.LearningRateScheduler(lambda: 0.1)
    with pytest.raises(TypeError, match="calls its schedule with the epoch"):
        model().fit(X, np.eye(3)[LABELS], verbose=0, callbacks=[schedule])


def test_an_error_inside_a_schedule_stays_as_it_is():
    schedule = callbacks.LearningRateScheduler(lambda epoch: epoch + "a")
    with pytest.raises(TypeError, match="^unsupported operand"):
        model().fit(X, np.eye(3)[LABELS], verbose=0, callbacks=[schedule])


def test_a_log_into_a_folder_that_is_not_there_is_refused_with_the_cure():
    log = callbacks.CSVLogger("/nowhere/log.csv")
    with pytest.raises(FileNotFoundError, match=r"os.makedirs\('/nowhere'\)"):
        model().fit(X, np.eye(3)[LABELS], verbose=0, callbacks=[log])


# ---- preprocessing ------------------------------------------------------------------

Images = image.ImageDataGenerator
Series = sequence.TimeseriesGenerator


@table([
    (lambda: Images(rotation_range="a"), TypeError, "`rotation_range` must be a numbe"),
    (lambda: Images(rotation_range=[1, 2]), TypeError, "`rotation_range` must be a nu"),
    (lambda: Images(width_shift_range="a"), TypeError, "`width_shift_range` must be"),
    (lambda: Images(height_shift_range=["a"]), TypeError, "`height_shift_range` must"),
    (lambda: Images(shear_range="a"), TypeError, "`shear_range` must be a number"),
    (lambda: Images(zoom_range="a"), ValueError, "`zoom_range` must be two numbers"),
    (lambda: Images(zoom_range=[1, 2, 3]), ValueError, "`zoom_range` must be two"),
    (lambda: Images(zoom_range=["a", 2]), TypeError, "`zoom_range` must be a number"),
    (lambda: Images(channel_shift_range="a"), TypeError, "`channel_shift_range` must"),
    (lambda: Images(brightness_range=0.5), ValueError, "`brightness_range` must be tw"),
    (lambda: Images(brightness_range=[-1, 1]), ValueError, "must be at least 0; got -"),
    (lambda: Images(fill_mode="neerest"), ValueError, "Did you mean 'nearest'"),
    (lambda: Images(cval="a"), TypeError, "`cval` must be a number. Got 'a'"),
    (lambda: Images(rescale="a"), TypeError, "`rescale` must be a number. Got 'a'"),
    (lambda: Images(preprocessing_function=5), TypeError, "must be a function.*Got 5"),
    (lambda: Images(data_format="channel_last"), ValueError, "'channel_last'"),
    (lambda: Images(validation_split="a"), TypeError, "`validation_split` must be a"),
    (lambda: Images(interpolation_order="a"), TypeError, "`interpolation_order` must"),
    (lambda: Images(dtype="flot32"), TypeError, "Did you mean 'float32'"),
    (lambda: Images(zca_epsilon="a"), TypeError, "`zca_epsilon` must be a number"),
    (lambda: Images().flow("folder"), ValueError, r"flow_from_directory\(folder\)"),
    (lambda: Images().flow(IMAGES, batch_size="a"), TypeError, "`batch_size` must be"),
    (lambda: Images().flow(IMAGES, seed="a"), TypeError, "`seed` must be a whole"),
    (lambda: Images().flow(IMAGES, save_to_dir=5), TypeError, "`save_to_dir` must be"),
    (lambda: Images().fit("a"), ValueError, "needs an array of images; got the text"),
    (lambda: Images().fit(IMAGES, True, "a"), TypeError, "`rounds` must be a whole"),
    (lambda: Images().flow_from_directory(5), TypeError, "`directory` must be a path"),
    (lambda: Images().flow_from_directory(".", classes="ab"), TypeError, "`classes` m"),
    (lambda: Images().flow_from_dataframe("a.csv"), TypeError, r"pandas.read_csv\(pat"),
    (lambda: Images().random_transform(5), ValueError, r"one image \(3 axes\). Got 5"),
    (lambda: Images().apply_transform(IMAGES[0], 5), TypeError, "must be a dict.*Got"),
    (lambda: image.load_img(5), TypeError, "`path` must be a path"),
    (lambda: image.random_rotation(IMAGES[0], "a"), TypeError, "`rg` must be a number"),
    (lambda: image.random_shift(IMAGES[0], "a", 0), TypeError, "`wrg` must be a numbe"),
    (lambda: image.random_shear(IMAGES[0], None), TypeError, "`intensity` must be a n"),
])  # fmt: skip
def test_pictures_name_the_argument_that_cannot_be(make, kind, message):
    refused(make, message, kind)


def test_a_zoom_that_turns_images_around_is_told():
    with pytest.warns(UserWarning, match="factors from -0.5 to 2.5"):
        Images(zoom_range=1.5)


@table([
    (lambda: sequence.pad_sequences([[1]], "a"), TypeError, "`maxlen` must be a whole"),
    (lambda: sequence.pad_sequences([[1]], -1), ValueError, "maxlen must be at least"),
    (lambda: sequence.pad_sequences([[1]], dtype="foo"), TypeError, "`dtype` must be"),
    (lambda: sequence.pad_sequences([["a"]]), ValueError, "numbered by a Tokenizer"),
    (lambda: sequence.skipgrams(5, 10), TypeError, "`sequence` must be a list"),
    (lambda: sequence.skipgrams([1, 2], "a"), TypeError, "`vocabulary_size` must be a"),
    (lambda: sequence.skipgrams([1, 2], 1), ValueError, "vocabulary_size must be at l"),
    (lambda: sequence.skipgrams([1], 9, "a"), TypeError, "`window_size` must be a wh"),
    (lambda: sequence.skipgrams([1], 9, 2, "a"), TypeError, "`negative_samples` must"),
    (lambda: sequence.make_sampling_table("a"), TypeError, "`size` must be a whole"),
    (lambda: Series(5, LABELS, 3), TypeError, "`data` must be an array; got 5"),
    (lambda: Series(X, LABELS, "a"), TypeError, "`length` must be a whole number"),
    (lambda: Series(X, LABELS, 0), ValueError, "length must be at least 1; got 0"),
    (lambda: Series(X, LABELS, 3, 0), ValueError, "sampling_rate must be at least 1"),
    (lambda: Series(X, LABELS, 3, 1, 0), ValueError, "stride must be at least 1"),
    (lambda: Series(X, LABELS, 3, batch_size=0), ValueError, "batch_size must be at l"),
    (lambda: text.one_hot("a b", "a"), TypeError, "`n` must be a whole number"),
    (lambda: text.text_to_word_sequence("a", 5), TypeError, "`filters` must be a str"),
    (lambda: text.Tokenizer("a"), TypeError, "`num_words` must be a whole number"),
    (lambda: text.Tokenizer(-1), ValueError, "num_words must be at least 1"),
    (lambda: text.Tokenizer(num_word=5), TypeError, "Did you mean 'num_words'"),
    (lambda: text.Tokenizer().fit_on_texts(5), TypeError, "`texts` must be a list.*5"),
    (lambda: text.Tokenizer().fit_on_sequences(5), TypeError, "`sequences` must be a"),
    (lambda: text.Tokenizer(9).sequences_to_matrix(5), TypeError, "`sequences` must"),
    (lambda: text.tokenizer_from_json(5), TypeError, "a text; got 5"),
    (lambda: text.tokenizer_from_json("{}"), ValueError, "it lacks 'config'"),
])  # fmt: skip
def test_sequences_and_texts_name_the_argument_that_cannot_be(make, kind, message):
    refused(make, message, kind)


def test_one_text_in_the_place_of_a_list_is_told():
    with pytest.warns(UserWarning, match=r"Put it into a list: \[text\]"):
        text.Tokenizer().fit_on_texts("the cat")


def test_one_text_is_a_list_of_its_letters_where_letters_are_wanted(recwarn):
    text.Tokenizer(char_level=True).fit_on_texts("the cat")
    assert not recwarn


# ---- K ops --------------------------------------------------------------------------


@table([
    (lambda: K.variable("a"), TypeError, "K.variable needs a number.*got 'a'"),
    (lambda: K.variable(None), ValueError, "None values not supported"),
    (lambda: K.constant("a"), TypeError, "K.constant needs a number.*got 'a'"),
    (lambda: K.constant(X, "foo"), TypeError, "`dtype` must be a type of numbers"),
    (lambda: K.placeholder("a"), ValueError, "the sizes of a shape are whole numbers"),
    (lambda: K.zeros(5), TypeError, "`shape` must be a tuple of sizes.*Got 5"),
    (lambda: K.zeros((None, 3)), ValueError, r"not known yet.*K.zeros_like\(x\)"),
    (lambda: K.ones((-1,)), ValueError, "shape must be at least 0; got -1"),
    (lambda: K.eye("a"), TypeError, "`size` must be a whole number"),
    (lambda: K.set_value(K.variable(X), "a"), TypeError, "K.set_value needs a number"),
    (lambda: K.square("a"), TypeError, "K.square needs a tensor.*got 'a'"),
    (lambda: K.exp(None), TypeError, "K.exp needs a tensor.*got None"),
    (lambda: K.relu("a"), TypeError, "K.relu needs a tensor.*got 'a'"),
    (lambda: K.dot(5, X), AttributeError, "in K.dot, on shapes .24, 4., with x=5"),
    (lambda: K.sum(X, axis="a"), TypeError, "`axis` must be a whole number. Got 'a'"),
    (lambda: K.batch_dot(X, X, axes=5), ValueError, "axes=5 is out of range"),
    (lambda: K.softmax(X, axis=7), ValueError, "axis=7 is out of range.*-2 to 1"),
    (lambda: K.l2_normalize(X, axis=7), ValueError, "axis=7 is out of range"),
    (lambda: K.reverse(X, 5), ValueError, "axes=5 is out of range"),
    (lambda: K.elu(X, "a"), TypeError, r"in K.elu, on shapes \(24, 4\), with alpha='a"),
    (lambda: K.in_top_k(X, LABELS, "a"), TypeError, "with k='a'"),
    (lambda: K.repeat(X, "a"), ValueError, "with n='a'"),
    (lambda: K.dropout(X, "a"), TypeError, "`level` must be a number"),
    (lambda: K.random_normal((2,), stddev="a"), TypeError, "`stddev` must be a number"),
    (lambda: K.random_binomial((2,), "a"), TypeError, "`p` must be a number"),
    (lambda: K.map_fn(5, X), TypeError, "`fn` must be a function.*Got 5"),
    (lambda: K.foldl(5, X), TypeError, "`fn` must be a function"),
    (lambda: K.rnn(5, IMAGES, []), TypeError, "`step_function` must be a function"),
    (lambda: K.function(5, 5), TypeError, r"a list of inputs: K.function\(\[x\], \[y"),
    (lambda: K.set_epsilon("a"), TypeError, "`e` must be a number"),
])  # fmt: skip
def test_k_ops_name_the_argument_that_cannot_be(make, kind, message):
    refused(make, message, kind)


def test_values_that_only_look_wrong_are_taken():
    assert callbacks.EarlyStopping(patience=float("inf")).patience == float("inf")
    assert L.Masking(np.zeros(3)).mask_value.shape == (3,)
    assert L.GaussianNoise(K.variable(0.1)).stddev.shape == ()
    assert Images(rotation_range=None, width_shift_range=[-2, 2]).rotation_range is None
    assert L.Reshape((np.int64(2), -1)).target_shape == (2, -1)
    assert text.Tokenizer(num_words=np.int32(9)).num_words == 9
