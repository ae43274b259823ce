"""AIM, the image evaluator: three metrics, their normalisation, the weighted final score and its reasons."""
