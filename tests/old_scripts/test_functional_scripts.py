"""Graphs of layers, as tutorials of 2017 to 2019 wrote them, on small data."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import backend as K
from minikeras.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Lambda,
    MaxPooling2D,
    RepeatVector,
    Reshape,
    TimeDistributed,
    UpSampling2D,
)
from minikeras.models import Model, Sequential


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(1)


def test_two_inputs_and_two_outputs_with_an_auxiliary_loss():
    headlines = np.random.randint(1, 100, (48, 10))
    extra = np.random.random((48, 5))
    labels = (extra[:, :1] > 0.5).astype("float32")

    main_input = Input(shape=(10,), dtype="int32", name="main_input")
    x = Embedding(output_dim=16, input_dim=100, input_length=10)(main_input)
    lstm_out = LSTM(8)(x)
    auxiliary_output = Dense(1, activation="sigmoid", name="aux_output")(lstm_out)
    auxiliary_input = Input(shape=(5,), name="aux_input")
    x = keras.layers.concatenate([lstm_out, auxiliary_input])
    x = Dense(16, activation="relu")(x)
    x = Dense(16, activation="relu")(x)
    main_output = Dense(1, activation="sigmoid", name="main_output")(x)
    model = Model(
        inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output]
    )
    model.compile(
        optimizer="rmsprop",
        loss={
            "main_output": "binary_crossentropy",
            "aux_output": "binary_crossentropy",
        },
        loss_weights={"main_output": 1.0, "aux_output": 0.2},
    )
    history = model.fit(
        {"main_input": headlines, "aux_input": extra},
        {"main_output": labels, "aux_output": labels},
        epochs=30,
        batch_size=16,
        verbose=0,
    ).history
    assert set(history) == {"loss", "main_output_loss", "aux_output_loss"}
    parts = history["main_output_loss"][-1] + 0.2 * history["aux_output_loss"][-1]
    assert history["loss"][-1] == pytest.approx(parts, rel=1e-5)
    assert history["main_output_loss"][-1] < 0.8 * history["main_output_loss"][0]
    main, auxiliary = model.predict([headlines, extra])
    assert main.shape == auxiliary.shape == (48, 1)


def test_shared_lstm_towers():
    tweet_a = Input(shape=(12, 6))
    tweet_b = Input(shape=(12, 6))
    shared_lstm = LSTM(8)
    encoded_a = shared_lstm(tweet_a)
    encoded_b = shared_lstm(tweet_b)
    assert shared_lstm.get_output_at(0) is encoded_a
    with pytest.raises(AttributeError, match="multiple inbound nodes"):
        shared_lstm.output  # noqa: B018
    merged_vector = keras.layers.concatenate([encoded_a, encoded_b], axis=-1)
    predictions = Dense(1, activation="sigmoid")(merged_vector)
    model = Model(inputs=[tweet_a, tweet_b], outputs=predictions)
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    assert len(model.trainable_weights) == 3 + 2
    a, b = np.random.random((2, 64, 12, 6))
    labels = np.arange(64) % 2
    a[labels == 1] += 0.5
    model.fit([a, b], labels, epochs=30, batch_size=16, verbose=0)
    assert model.evaluate([a, b], labels, verbose=0)[1] > 0.9


def test_inception_module_and_residual_connection():
    input_img = Input(shape=(10, 10, 3))
    tower_1 = Conv2D(4, (1, 1), padding="same", activation="relu")(input_img)
    tower_1 = Conv2D(4, (3, 3), padding="same", activation="relu")(tower_1)
    tower_2 = Conv2D(4, (1, 1), padding="same", activation="relu")(input_img)
    tower_2 = Conv2D(4, (5, 5), padding="same", activation="relu")(tower_2)
    tower_3 = MaxPooling2D((3, 3), strides=(1, 1), padding="same")(input_img)
    tower_3 = Conv2D(4, (1, 1), padding="same", activation="relu")(tower_3)
    mixed = keras.layers.concatenate([tower_1, tower_2, tower_3], axis=-1)
    assert K.int_shape(mixed) == (None, 10, 10, 12)

    y = Conv2D(12, (3, 3), padding="same")(mixed)
    y = BatchNormalization()(y)
    z = Activation("relu")(keras.layers.add([mixed, y]))
    output = Dense(1)(Flatten()(z))
    model = Model(input_img, output)
    model.compile("adam", "mse")
    x = np.random.random((32, 10, 10, 3))
    target = x[:, :5].mean(axis=(1, 2, 3)) - x[:, 5:].mean(axis=(1, 2, 3))
    losses = model.fit(x, target, batch_size=8, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]


def test_shared_vision_model():
    digit_input = Input(shape=(12, 12, 1))
    x = Conv2D(8, (3, 3))(digit_input)
    x = Conv2D(8, (3, 3))(x)
    x = MaxPooling2D((2, 2))(x)
    vision_model = Model(digit_input, Flatten()(x))

    digit_a, digit_b = Input(shape=(12, 12, 1)), Input(shape=(12, 12, 1))
    concatenated = keras.layers.concatenate(
        [vision_model(digit_a), vision_model(digit_b)]
    )
    out = Dense(1, activation="sigmoid")(concatenated)
    classification_model = Model([digit_a, digit_b], out)
    classification_model.compile("sgd", "binary_crossentropy")
    before = vision_model.get_weights()
    pair = [np.random.random((8, 12, 12, 1)) for _ in range(2)]
    classification_model.train_on_batch(pair, np.arange(8) % 2)
    moved = [
        not np.array_equal(a, b)
        for a, b in zip(before, vision_model.get_weights(), strict=True)
    ]
    assert all(moved) and len(moved) == 4
    assert vision_model.predict(pair[0]).shape == (8, 4 * 4 * 8)


def visual_question_answering():
    vision_model = Sequential()
    vision_model.add(
        Conv2D(4, (3, 3), activation="relu", padding="same", input_shape=(12, 12, 3))
    )
    vision_model.add(MaxPooling2D((2, 2)))
    vision_model.add(Flatten())
    image_input = Input(shape=(12, 12, 3))
    encoded_image = vision_model(image_input)
    question_input = Input(shape=(7,), dtype="int32")
    embedded = Embedding(input_dim=30, output_dim=8, input_length=7)(question_input)
    encoded_question = LSTM(8)(embedded)
    merged = keras.layers.concatenate([encoded_question, encoded_image])
    output = Dense(5, activation="softmax")(merged)
    return Model(inputs=[image_input, question_input], outputs=output), vision_model


def test_visual_question_answering():
    model, _ = visual_question_answering()
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    images = np.random.random((30, 12, 12, 3))
    questions = np.random.randint(1, 30, (30, 7))
    answers = np.arange(30) % 5
    history = model.fit([images, questions], answers, epochs=40, verbose=0).history
    assert history["loss"][-1] < 0.8 * history["loss"][0]


def test_video_question_answering():
    _, vision_model = visual_question_answering()
    video_input = Input(shape=(4, 12, 12, 3))
    encoded_frames = TimeDistributed(vision_model)(video_input)
    encoded_video = LSTM(6)(encoded_frames)
    output = Dense(5, activation="softmax")(encoded_video)
    model = Model(inputs=video_input, outputs=output)
    model.compile("adam", "sparse_categorical_crossentropy")
    video = np.random.random((6, 4, 12, 12, 3))
    losses = [model.train_on_batch(video, np.arange(6) % 5) for _ in range(8)]
    assert losses[-1] < losses[0]
    assert K.int_shape(encoded_frames) == (None, 4, 6 * 6 * 4)


def test_encoder_and_decoder_of_sequences():
    model = Sequential()
    model.add(LSTM(16, input_shape=(5, 4)))
    model.add(RepeatVector(3))
    model.add(LSTM(16, return_sequences=True))
    model.add(TimeDistributed(Dense(4, activation="softmax")))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    digits = np.random.randint(0, 4, (200, 5))
    x = keras.utils.to_categorical(digits, 4)
    model.fit(x, x[:, :3], epochs=15, batch_size=20, verbose=0)
    loss, accuracy = model.evaluate(x, x[:, :3], verbose=0)
    assert accuracy > 0.4 and loss < np.log(4)


def test_translation_with_states_given_on():
    encoder_inputs = Input(shape=(None, 6))
    _, state_h, state_c = LSTM(8, return_state=True)(encoder_inputs)
    decoder_inputs = Input(shape=(None, 5))
    decoder_lstm = LSTM(8, return_sequences=True, return_state=True)
    decoded, _, _ = decoder_lstm(decoder_inputs, initial_state=[state_h, state_c])
    decoder_dense = Dense(5, activation="softmax")
    model = Model([encoder_inputs, decoder_inputs], decoder_dense(decoded))
    model.compile("rmsprop", "categorical_crossentropy")
    source = np.random.random((16, 7, 6))
    target = keras.utils.to_categorical(np.random.randint(0, 5, (16, 4)), 5)
    losses = model.fit([source, target], target, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]

    encoder_model = Model(encoder_inputs, [state_h, state_c])
    states = [Input(shape=(8,)), Input(shape=(8,))]
    outputs, h, c = decoder_lstm(decoder_inputs, initial_state=states)
    decoder_model = Model([decoder_inputs, *states], [decoder_dense(outputs), h, c])
    first, *_ = decoder_model.predict([target[:, :1], *encoder_model.predict(source)])
    whole = model.predict([source, target])
    np.testing.assert_allclose(first[:, 0], whole[:, 0], rtol=1e-4, atol=1e-6)


def test_siamese_network_with_contrastive_loss():
    def euclidean_distance(vectors):
        x, y = vectors
        squares = K.sum(K.square(x - y), axis=1, keepdims=True)
        return K.sqrt(K.maximum(squares, K.epsilon()))

    def contrastive_loss(y_true, y_pred):
        margin = K.square(K.maximum(1 - y_pred, 0))
        return K.mean(y_true * K.square(y_pred) + (1 - y_true) * margin)

    base = Sequential([Dense(16, activation="relu", input_shape=(8,)), Dense(4)])
    input_a, input_b = Input(shape=(8,)), Input(shape=(8,))
    distance = Lambda(euclidean_distance, output_shape=lambda shapes: (None, 1))(
        [base(input_a), base(input_b)]
    )
    model = Model([input_a, input_b], distance)
    model.compile(keras.optimizers.RMSprop(lr=0.005), loss=contrastive_loss)
    a = np.random.randn(100, 8)
    same = np.arange(100) % 2
    b = np.where(same[:, None], a + 0.1 * np.random.randn(100, 8), -a)
    losses = model.fit([a, b], same, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    near, far = model.predict([a, b])[same == 1], model.predict([a, b])[same == 0]
    assert near.mean() < 0.5 * far.mean()


def test_matrix_factorization_with_embeddings():
    users, films = np.meshgrid(np.arange(10), np.arange(12), indexing="ij")
    ratings = (np.random.randn(10, 2) @ np.random.randn(2, 12)).ravel()
    user, film = Input(shape=(1,)), Input(shape=(1,))
    u = Reshape((4,))(Embedding(10, 4)(user))
    f = Flatten()(Embedding(12, 4)(film))
    model = Model([user, film], Dot(axes=1)([u, f]))
    model.compile(keras.optimizers.Adam(0.05), "mse")
    pairs = [users.ravel(), films.ravel()]
    losses = model.fit(pairs, ratings, epochs=60, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]


def test_convolutional_autoencoder_and_its_encoder():
    input_img = Input(shape=(8, 8, 1))
    x = Conv2D(8, (3, 3), activation="relu", padding="same")(input_img)
    x = MaxPooling2D((2, 2), padding="same")(x)
    x = Conv2D(4, (3, 3), activation="relu", padding="same")(x)
    encoded = MaxPooling2D((2, 2), padding="same", name="encoder")(x)
    x = Conv2D(4, (3, 3), activation="relu", padding="same")(encoded)
    x = UpSampling2D((2, 2))(x)
    x = Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    x = UpSampling2D((2, 2))(x)
    decoded = Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
    autoencoder = Model(input_img, decoded)
    autoencoder.compile(optimizer="adadelta", loss="binary_crossentropy")
    images = np.zeros((32, 8, 8, 1))
    images[:, 2:6, 2:6] = 1
    noisy = np.clip(images + 0.3 * np.random.normal(size=images.shape), 0.0, 1.0)
    losses = autoencoder.fit(noisy, images, epochs=15, batch_size=8, verbose=0).history[
        "loss"
    ]
    assert losses[-1] < 0.5 * losses[0]
    encoder = Model(input_img, autoencoder.get_layer("encoder").output)
    assert encoder.predict(noisy).shape == (32, 2, 2, 4)


def test_features_of_a_layer_in_the_middle_and_fine_tuning():
    base = Sequential([Dense(6, activation="relu", input_dim=4, name="features")])
    base.add(Dropout(0.5))
    base.add(Dense(3, activation="softmax"))
    base.compile("sgd", "categorical_crossentropy")
    x = np.random.random((12, 4))
    get_features = K.function(
        [base.layers[0].input, K.learning_phase()], [base.layers[1].output]
    )
    used = get_features([x, 0])[0]
    trained = get_features([x, 1])[0]
    features = Model(base.input, base.get_layer("features").output)
    np.testing.assert_allclose(features.predict(x), used, rtol=1e-6)
    assert not np.array_equal(used, trained)

    for layer in base.layers[:1]:
        layer.trainable = False
    tuned = Model(base.input, Dense(1)(base.layers[0].output))
    tuned.compile("sgd", "mse")
    frozen = base.layers[0].get_weights()
    tuned.fit(x, x[:, 0], epochs=2, verbose=0)
    np.testing.assert_array_equal(frozen[0], base.layers[0].get_weights()[0])
    assert len(tuned.trainable_weights) == 2
