"""Training: the loop, its stages and its state, resumption, several processes."""

from motion_transfer.training.budget import BudgetName, Plan, plan_training
from motion_transfer.training.distributed import process_group, processes, rank, wait_for_all
from motion_transfer.training.loop import train_networks
from motion_transfer.training.run.plot import plot_losses
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState, result_of

__all__ = [
    "BudgetName",
    "Plan",
    "TrainingState",
    "plan_training",
    "plot_losses",
    "process_group",
    "processes",
    "rank",
    "result_of",
    "stages_of",
    "train_networks",
    "wait_for_all",
]
