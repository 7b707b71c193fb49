"""Attributes of models that scripts read although Keras meant them for itself."""

from minikeras.engine.node import as_list


class OldAttributes:
    """What scripts found in Keras's models by looking; a part of `Trainer`."""

    @property
    def _is_graph_network(self):
        return self.is_graph_network

    @property
    def _is_compiled(self):
        return self.optimizer is not None

    @property
    def _collected_trainable_weights(self):
        """The weights that training changes, as they were at `compile`."""
        return list(self._collected) if self.compiled else self.trainable_weights

    @property
    def _input_layers(self):
        return [t._keras_history[0] for t in as_list(self.inputs or [])]

    @property
    def _output_layers(self):
        return [t._keras_history[0] for t in as_list(self.outputs or [])]

    @property
    def _feed_inputs(self):
        return self.fed_inputs()

    @property
    def _feed_input_names(self):
        return self._inputs_wanted()[0]

    @property
    def loss_functions(self):
        """The outputs' losses."""
        return [output.loss for output in self.compiled.outputs]

    def _make_predict_function(self):
        """Nothing to make: models are ready, also for several threads."""

    _make_train_function = _make_test_function = _make_predict_function
